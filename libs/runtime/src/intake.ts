import type { Clock } from "@tapio/integration-core";
import type { RecordView } from "@tapio/domain";
import type { Journal } from "@tapio/journal";
import type { Delivery } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import { createDeliveryQueue } from "./delivery-queue.ts";
import type { ReadRecord, RecordReader, UnreadableRecord } from "./record-reader.ts";
import { pause } from "./wake.ts";

/** Deliveries to make, and the last sequence that is settled when they are: what lies between was filtered. */
export interface IntakeUnit {
  readonly deliveries: readonly Delivery[];
  readonly bytes: number;
  readonly through: number;
}

/** Reads the journal for one destination and filters. */
export interface Intake {
  /** Deliveries that are read and not yet taken. */
  readonly pending: number;
  /** Waits until there is something to take; false when the signal aborted. Ranges that the filter empties are given to `onEmpty`. */
  ready(signal: AbortSignal): Promise<boolean>;
  /** Up to `recordsMax` deliveries, at least one; fewer when they exceed `bytesMax`. Call it after `ready`. */
  take(recordsMax: number, bytesMax: number): IntakeUnit;
  /** Forgets what was read and goes on after `sequence`. */
  restart(sequence: number): void;
}

export interface IntakeOptions {
  readonly destination: string;
  readonly reader: RecordReader;
  readonly journal: Pick<Journal, "waitPast">;
  readonly clock: Clock;
  /** Reads on after this sequence. */
  readonly position: number;
  random(): number;
  /** The destination's filter. */
  takes(view: RecordView): boolean;
  /** Sequences above the first position that have a row already: the row wins. */
  readonly held: ReadonlySet<number>;
  onSkipped(count: number): void;
  /** Everything up to `through` was filtered, or has its row. Nothing else is pending. */
  onEmpty(through: number): Promise<void>;
  /** A record that cannot be read, or on which the filter fails; called before anything settles past it. */
  onUnreadable(record: UnreadableRecord): void;
  /** Reading failed and is tried again; `undefined`: it works again. */
  onFailing(reason: unknown): void;
}

const backoff = { initialDelayMs: 100, maxDelayMs: 30_000, multiplier: 2 };

export function createIntake(options: IntakeOptions): Intake {
  let position = options.position;
  const queue = createDeliveryQueue();
  let failures = 0;

  async function sort(records: readonly ReadRecord[]): Promise<void> {
    queue.clear();
    let skipped = 0;
    for (const record of records) {
      position = record.sequence;
      if (options.held.has(record.sequence)) continue;
      const judged = judge(options, record);
      if (judged === undefined) skipped += 1;
      else if ("problem" in judged) options.onUnreadable(judged);
      else queue.push(judged);
    }
    if (skipped > 0) options.onSkipped(skipped);
    if (queue.pending === 0 && records.length > 0) await options.onEmpty(position);
  }

  async function readOrWait(signal: AbortSignal): Promise<void> {
    try {
      const records = await options.reader.read(position);
      if (signal.aborted) return;
      if (records.length === 0) await options.journal.waitPast(position, signal);
      if (failures > 0) options.onFailing(undefined);
      failures = 0;
      await sort(records);
    } catch (reason) {
      if (signal.aborted) return;
      failures += 1;
      options.onFailing(reason);
      await pause(options.clock, backoffMs(backoff, failures, options.random()), signal);
    }
  }

  return {
    get pending() {
      return queue.pending;
    },
    async ready(signal) {
      while (!signal.aborted) {
        if (queue.pending > 0) return true;
        await readOrWait(signal);
      }
      return false;
    },
    take(recordsMax, bytesMax) {
      const { deliveries, bytes, following } = queue.take(recordsMax, bytesMax);
      return { deliveries, bytes, through: following === undefined ? position : following.sequence - 1 };
    },
    restart(sequence) {
      position = sequence;
      queue.clear();
    },
  };
}

function deliveryOf(destination: string, record: ReadRecord & { view: RecordView }): Delivery {
  const { sequence, appendedAtMs, view } = record;
  return { sequence, appendedAtMs, view, deliveryId: `${destination}/${sequence}`, attempt: 1, firstAttemptAtMs: undefined };
}

/**
 * The delivery of a record; `undefined` when the filter does not take it. A filter decodes the record where it has to, which can fail: nobody knows
 * then whether it is wanted, and it is as good as unreadable.
 */
function judge({ destination, takes }: IntakeOptions, record: ReadRecord): Delivery | UnreadableRecord | undefined {
  if ("problem" in record) return record;
  const { sequence, appendedAtMs, view } = record;
  try {
    return takes(view) ? deliveryOf(destination, record) : undefined;
  } catch (reason) {
    const problem = `the filter failed: ${reason instanceof Error ? reason.message : String(reason)}`;
    return { sequence, appendedAtMs, bytes: view.bytes, problem };
  }
}
