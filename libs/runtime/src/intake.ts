import type { Clock } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";
import type { Delivery } from "./machine/delivery.ts";
import { backoffMs } from "./backoff.ts";
import { lastingDamage, type Damage } from "./damage.ts";
import { createDeliveryQueue, type DeliveryQueue } from "./delivery-queue.ts";
import type { Judge } from "./judge.ts";
import { heldEnd, type SlotEnd } from "./machine/delivery.ts";
import { bytesOf, type ReadRecord, type RecordReader } from "./record-reader.ts";
import { pause } from "./wake.ts";

/** A record that needed no delivery: filtered, unreadable, or held by a row. */
export interface PassedRecord {
  readonly sequence: number;
  readonly end: SlotEnd;
  /** What cannot be read, with the reason. */
  readonly unreadable?: { readonly bytes: Uint8Array; readonly problem: string } | undefined;
}

/** Deliveries to make, and what is settled when they are: everything up to `through`, `passed` between them. */
export interface IntakeUnit {
  readonly deliveries: readonly Delivery[];
  readonly passed: readonly PassedRecord[];
  readonly through: number;
}

/** Reads the journal in order for one destination, filters, and hands out what is to be delivered. */
export interface Intake {
  /** Deliveries that are read and not yet taken. */
  readonly pending: number;
  /** The last sequence that was read. */
  readonly position: number;
  /** Waits until there is something to take, deliveries or passed records; false when the signal aborted or the limit is reached. */
  ready(signal: AbortSignal): Promise<boolean>;
  /** Up to `recordsMax` deliveries; fewer when they exceed `bytesMax`. Call it after `ready`. */
  take(recordsMax: number, bytesMax: number): IntakeUnit;
  /** Forgets what was read and goes on after `sequence`. */
  restart(sequence: number): void;
  /** Takes nothing above this sequence. */
  endAfter(sequence: number): void;
}

export interface IntakeOptions {
  readonly destination: string;
  readonly reader: RecordReader;
  readonly journal: Pick<Journal, "waitPast">;
  readonly clock: Clock;
  /** Reads on after this sequence. */
  readonly position: number;
  random(): number;
  readonly judge: Judge;
  /** Sequences above the first position that have a row already: the row wins. */
  readonly above: ReadonlySet<number>;
  /** Reading failed and is tried again; `undefined`: it works again. */
  onFailing(reason: unknown): void;
  /** What comes next cannot be read. */
  onDamaged(damage: Damage): void;
}

const backoff = { initialDelayMs: 100, maxDelayMs: 30_000, multiplier: 2 };

/** What was read and not taken. */
interface Unread {
  readonly queue: DeliveryQueue;
  passed: PassedRecord[];
  position: number;
  limit: number;
}

export function createIntake(options: IntakeOptions): Intake {
  const unread: Unread = { queue: createDeliveryQueue(), passed: [], position: options.position, limit: Infinity };
  let failures = 0;
  let limitSet = new AbortController();

  async function readOrWait(signal: AbortSignal): Promise<void> {
    const ends = AbortSignal.any([signal, limitSet.signal]);
    try {
      const records = await options.reader.read(unread.position);
      if (signal.aborted) return;
      if (records.length === 0) await options.journal.waitPast(unread.position, ends);
      if (failures > 0) options.onFailing(undefined);
      failures = 0;
      sort(unread, records, options);
    } catch (reason) {
      if (ends.aborted) return;
      failures += 1;
      options.onFailing(reason);
      const damage = lastingDamage(reason, failures);
      if (damage !== undefined) options.onDamaged(damage);
      await pause(options.clock, backoffMs(backoff, failures, options.random()), signal);
    }
  }

  return {
    get pending() {
      return unread.queue.pending;
    },
    get position() {
      return unread.position;
    },
    async ready(signal) {
      while (!signal.aborted) {
        if (unread.queue.pending > 0 || unread.passed.length > 0) return true;
        if (unread.position >= unread.limit) return false;
        await readOrWait(signal);
      }
      return false;
    },
    take: (recordsMax, bytesMax) => takeFrom(unread, recordsMax, bytesMax),
    restart(sequence) {
      unread.position = sequence;
      unread.queue.clear();
      unread.passed = [];
    },
    endAfter(sequence) {
      unread.limit = sequence;
      limitSet.abort();
      limitSet = new AbortController();
    },
  };
}

function sort(unread: Unread, records: readonly ReadRecord[], options: IntakeOptions): void {
  for (const record of records) {
    const { sequence } = record;
    if (sequence > unread.limit) break;
    unread.position = sequence;
    const verdict = options.above.has(sequence) ? { sequence, end: heldEnd } : judged(options, record);
    if ("end" in verdict) unread.passed.push(verdict);
    else unread.queue.push(verdict);
  }
}

function takeFrom(unread: Unread, recordsMax: number, bytesMax: number): IntakeUnit {
  const { deliveries, following } = unread.queue.take(recordsMax, bytesMax);
  const through = following === undefined ? unread.position : following.sequence - 1;
  const kept = unread.passed.findIndex(({ sequence }) => sequence > through);
  const passed = unread.passed.splice(0, kept < 0 ? unread.passed.length : kept);
  return { deliveries, passed, through };
}

function judged(options: IntakeOptions, record: ReadRecord): Delivery | PassedRecord {
  const { sequence, appendedAtMs } = record;
  const verdict = options.judge(record);
  if (verdict.kind === "take" && "view" in record) {
    const rest = { attempt: 1, firstAttemptAtMs: undefined, key: undefined, place: undefined, held: undefined, history: undefined };
    return { sequence, appendedAtMs, view: record.view, ...rest };
  }
  if (verdict.kind === "skip") return { sequence, end: { kind: "skipped", reason: verdict.reason } };
  const problem = verdict.kind === "unreadable" ? verdict.problem : "it is taken and cannot be read";
  return { sequence, end: heldEnd, unreadable: { bytes: bytesOf(record), problem } };
}
