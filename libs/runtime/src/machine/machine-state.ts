import type { DeliveryRow, DestinationChange, Settlement } from "@tapio/journal";
import type { Delivery, HeldRow } from "./delivery.ts";
import { closedBreaker, type Breaker, type BreakerPolicy } from "../breaker.ts";
import type { RetryPolicy, WindowPolicy } from "../policy.ts";
import type { ReadRecord } from "../record-reader.ts";
import { longestDelayMs } from "../backoff.ts";
import type { Judgement } from "./events.ts";
import { createHeldRows, type HeldRows } from "./held-rows.ts";
import { createRateBucket, type RateBucket } from "./rate-bucket.ts";
import { createSlots, type Slots } from "./slots.ts";

export interface MachineOptions {
  /** The destination's name. */
  readonly name: string;
  /** The integration takes batches. */
  readonly isBatching: boolean;
  readonly isOrdered: boolean;
  readonly retry: RetryPolicy;
  readonly window: WindowPolicy;
  readonly breaker: BreakerPolicy;
  readonly configHash: string;
  /** How long a cursor that moved, and nothing else, waits after the write before it. */
  readonly cursorPaceMs: number;
  /** The durable cursor. */
  readonly cursor: number;
  /** Sequences above the cursor that have a row: the row wins over reading the record again. */
  readonly above: ReadonlySet<number>;
  /** The filter and the key. */
  judge(record: ReadRecord): Judgement;
  /** In 0..1, for jitter. */
  random(): number;
}

/** Records by what became of them, since the shell last looked. */
export interface Tally {
  delivered: number;
  skipped: number;
  failed: number;
  dead: number;
  parked: number;
  retried: number;
}

/** A commit under way, or to be tried again. */
export interface PendingCommit {
  readonly change: DestinationChange;
  /** Waiting and parked rows that are durable with it. */
  readonly rows: readonly number[];
}

/** Everything that one destination's machine knows. Changed by `handle` alone. */
export interface MachineState {
  readonly options: MachineOptions;
  readonly slots: Slots;
  readonly held: HeldRows;
  readonly rate: RateBucket;
  /** Read, filtered, and not yet cleared. */
  readonly fresh: Delivery[];
  /** Cleared to go: their lanes are busy with them. */
  readonly ready: Delivery[];
  /** Keys whose records could not be parked, for want of room. */
  readonly crowded: Set<string>;
  readonly staged: Map<number, DeliveryRow | "remove">;
  readonly late: Settlement[];
  /** Rows above what was read: what comes before them is not known yet, so that they wait for it, unless nothing can be read. */
  readonly ahead: Set<number>;
  /** Delivered or skipped rows above the cursor. They stay in the journal until it passes them: else their records would be read, and delivered, again. */
  readonly settledAbove: Map<number, Settlement>;
  readonly tally: Tally;
  breaker: Breaker;
  committedCursor: number;
  /** When the last commit was known to be durable, in milliseconds since 1970. */
  committedAtMs: number;
  commit: PendingCommit | undefined;
  isCommitting: boolean;
  isReading: boolean;
  /** Rows that are being fetched. */
  fetching: number;
  inFlightRecords: number;
  inFlightBytes: number;
  inFlightAttempts: number;
  /** Rows come next when both rows and fresh records could go. */
  isRowsTurn: boolean;
  isHeld: boolean;
  isHalted: boolean;
  /** Nothing is waited for; what is settled is written. */
  isFinishing: boolean;
  /** Nothing is written until the finish, since writing failed after the halt. */
  isStalled: boolean;
  /** Nothing will be written any more. */
  isEnded: boolean;
  drainTo: number | undefined;
  /** Deliveries that were attempted while the destination stopped, and came to nothing. */
  unfinished: number;
  /** When something may be done that cannot be done yet, in milliseconds since 1970; `undefined`: when something happens. */
  wakeAtMs: number | undefined;
  /** When the oldest delivery that waits for a full batch was cleared. */
  lingerFromMs: number | undefined;
}

/** Records of rows that are kept in memory for their next attempt, per destination. */
const warmBytesMax = 8 * 1024 * 1024;

export function createMachineState(options: MachineOptions): MachineState {
  const { retry, window, cursor } = options;
  return {
    options,
    slots: createSlots(cursor),
    held: createHeldRows({ isOrdered: options.isOrdered, warmBytesMax, longestDelayMs: longestDelayMs(retry) }),
    rate: createRateBucket(window.maxRecordsPerSecond),
    fresh: [],
    ready: [],
    crowded: new Set(),
    staged: new Map(),
    late: [],
    ahead: new Set(),
    settledAbove: new Map(),
    tally: { delivered: 0, skipped: 0, failed: 0, dead: 0, parked: 0, retried: 0 },
    breaker: closedBreaker,
    committedCursor: cursor,
    committedAtMs: -Infinity,
    commit: undefined,
    ...{
      isCommitting: false,
      isReading: false,
      isRowsTurn: true,
      isHeld: false,
      isHalted: false,
      isFinishing: false,
      isStalled: false,
      isEnded: false,
    },
    ...{ fetching: 0, inFlightRecords: 0, inFlightBytes: 0, inFlightAttempts: 0, unfinished: 0 },
    drainTo: undefined,
    wakeAtMs: undefined,
    lingerFromMs: undefined,
  };
}

type DurableRow = Pick<HeldRow, "sequence" | "key" | "state" | "dueAtMs">;

/** Takes up a waiting or parked row that is durable. `head`: the last sequence that can be read. */
export function addRow(machine: MachineState, { sequence, key, state, dueAtMs }: DurableRow, head = Infinity): void {
  const isAhead = sequence > machine.slots.position && sequence <= head;
  if (isAhead) machine.ahead.add(sequence);
  machine.held.add({ sequence, key, state, dueAtMs, mayGo: !isAhead });
}

/** Asks to be called at `atMs` at the latest. */
export function wakeBy(machine: MachineState, atMs: number): void {
  machine.wakeAtMs = Math.min(machine.wakeAtMs ?? Infinity, atMs);
}

/** Something is settled and not written. */
export function isDirty({ staged, late, slots, committedCursor }: MachineState): boolean {
  return staged.size > 0 || late.length > 0 || slots.cursor > committedCursor;
}

/** Why the cursor stands although the receiver works. */
export function blockedBy({ options, held, crowded }: MachineState): "key" | "retries" | undefined {
  if (crowded.size > 0 && held.waiting + held.parked >= options.window.maxParkedRecords) return "key";
  return held.waiting >= options.window.maxWaitingRecords ? "retries" : undefined;
}
