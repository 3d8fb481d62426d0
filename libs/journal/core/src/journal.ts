import type { JournalRecord } from "./journal-record.ts";

/**
 * The durable, ordered log of records, and per destination a small log of what is settled. See docs/specs/journal.md.
 *
 * Sequences are integers from 1 that rise, with gaps allowed; they stay below 2^53. An argument that no journal could take (an empty
 * id, a sequence that is no whole number) rejects with a RangeError and changes nothing; everything else rejects with a JournalError.
 */
export interface Journal {
  /** What a resolved `append` or `commit` means: `memory` dies with the process, `fsync` survives a power cut. */
  readonly durability: "memory" | "fsync" | "replicated";

  /**
   * Appends a group, all or none, and resolves when it has the declared durability. An entry whose id was appended lately
   * (also within this group) is not written again: its result names the earlier sequence. The bytes are copied before the call
   * returns. How much may be in flight is the caller's to bound: the journal holds a copy of every group until it is committed.
   * @throws JournalError. After `io` the group may be found in the journal once that has recovered or was opened again (send it again: what
   * is there is recognised by its ids); after every other code nothing of it is, or ever will be, in the journal.
   */
  append(group: readonly AppendEntry[]): Promise<readonly AppendResult[]>;

  /**
   * Records with a sequence above `after`, in order: as many as there are, up to both bounds of `limit`, but at least one where there
   * is any, however large. Their bytes are the caller's to keep, not to change, and may share one buffer with each other.
   * @throws JournalError with `damaged` when what comes first cannot be read.
   */
  read(after: number, limit: ReadLimit): Promise<readonly JournalRecord[]>;

  /** The record with this sequence, or `undefined` when it was trimmed or never was. */
  get(sequence: number): Promise<JournalRecord | undefined>;

  /**
   * The newest kept record with this id, acknowledged appends included; `undefined` when there is none. Ids are told apart by a hash of 128
   * bits: who must be sure compares the id in the record that `get` gives.
   */
  find(id: string): Promise<number | undefined>;

  /** What lies above `after`, and how old the oldest of it is. */
  backlog(after: number): Promise<Backlog>;

  /** How much is kept, and how much there is room for. */
  usage(): Promise<JournalUsage>;

  /** Whether appends are taken, and if not, why. Cheap: it may be asked before each append. */
  condition(): JournalCondition;

  /** The last sequence that was appended before `atMs`: reading after it starts with the first record that came at `atMs` or later. */
  sequenceBefore(atMs: number): Promise<number>;

  /** Resolves when there is a record above `sequence`; rejects with the signal's reason when it aborts first. */
  waitPast(sequence: number, signal: AbortSignal): Promise<void>;

  /** What there is now: `first` is the oldest kept sequence, or `head + 1` when nothing is kept; `head` is 0 when nothing ever was. */
  bounds(): JournalBounds;

  /**
   * Removes records up to and including `sequence`, and none above it; those that were written together with a later one may stay
   * until that goes too. Rows in destinations' logs stay, and ids are recognised as before.
   */
  trimTo(sequence: number): Promise<void>;

  /**
   * Opens a destination's log, made when it is new. A handle that was opened before is fenced: its commits fail with `fenced`.
   * `kind` says what delivers to it ("webhooks", for instance); the first open stores it, a later one does not change it: who opens
   * compares it with the log's, since the state of one kind means nothing to another.
   */
  open(destination: string, kind: string): Promise<DestinationLog>;

  /** The destinations that have a log. */
  destinations(): Promise<readonly string[]>;

  /** Finishes what was begun and frees everything. May be called twice. */
  close(): Promise<void>;
}

export interface AppendEntry {
  readonly id: string;
  /** The encoded record. */
  readonly bytes: Uint8Array;
}

export interface AppendResult {
  readonly sequence: number;
  /** True: this id is in the journal already, at `sequence`. */
  readonly duplicate: boolean;
}

export interface ReadLimit {
  readonly records: number;
  readonly bytes: number;
}

export interface JournalBounds {
  readonly first: number;
  readonly head: number;
}

export interface Backlog {
  readonly records: number;
  readonly bytes: number;
  /** When the oldest of it was appended, in milliseconds since 1970; `undefined` when there is none. */
  readonly oldestAtMs: number | undefined;
}

export interface JournalUsage {
  /** Bytes of the kept records. */
  readonly recordBytes: number;
  /** How full the journal is by its own bounds, from 0 to 1; 0 when it has none. */
  readonly fill: number;
}

/**
 * | state | meaning |
 * | --- | --- |
 * | `ok` | appends are taken |
 * | `low_space` | little room is left on the disk: appends are refused with `full`, destinations' commits are still taken |
 * | `full` | an append was refused for want of room, and none was taken since; the next one is tried |
 * | `recovering` | the medium failed: everything is refused with `io` while the journal is opened anew and what was acknowledged is verified |
 * | `failed` | it cannot go on by itself: a person is needed |
 */
export interface JournalCondition {
  readonly state: "ok" | "low_space" | "full" | "recovering" | "failed";
  /** For a person; empty when there is nothing to say. */
  readonly message: string;
}

/** What is settled for one destination. */
export interface DestinationLog {
  readonly destination: string;

  /** What the log was first opened with, which may be another than this handle's. */
  readonly kind: string;

  /** Everything at or below it is settled: delivered, skipped, or held as a row. `undefined` before the first commit. */
  readonly cursor: number | undefined;

  /** The last committed state, for destinations that have one. */
  readonly state: Uint8Array | undefined;

  /** What was last committed as `control`; empty when that was empty or never was. */
  readonly control: Uint8Array;

  /**
   * One atomic write: the cursor, the state, the control, settlements, and rows to put and to remove. Resolves when it has the journal's durability.
   * Law: a put row is durable no later than the cursor that passes it; a removal may trail.
   * Removals come before puts. A row that is put again under its sequence replaces the one before; removing one that is not there
   * does nothing. The bytes are copied before the call returns. Commits of one handle take effect in the order of their calls.
   * @throws RangeError when the cursor would move back. @throws JournalError `fenced` when a later `open` took this log over; after
   * `io` the change may be found once the journal has recovered or was opened again, after every other code it is not, and never will be.
   */
  commit(change: DestinationChange): Promise<void>;

  /** Waiting rows whose `dueAtMs` is at or before `nowMs`, the earliest due first. */
  due(nowMs: number, limit: number): Promise<readonly DeliveryRow[]>;

  /** When the next waiting row is due, in milliseconds since 1970; `undefined` when none waits. */
  nextDueAtMs(): Promise<number | undefined>;

  /** Rows by state, in the order of their sequences, above `after`. */
  rows(query: RowQuery): Promise<readonly DeliveryRow[]>;

  /**
   * What was committed of this record as settlements: that of the range it lies in, and its own where it settled late; the range's first. Those
   * that lie wholly at or below what was trimmed are removed with it, sooner or later.
   */
  settlements(sequence: number): Promise<readonly Settlement[]>;

  /** How many rows there are by state. */
  counts(): Promise<Readonly<Record<DeliveryRow["state"], number>>>;

  /** Frees the handle; what was committed stays. */
  close(): Promise<void>;
}

export interface DestinationChange {
  readonly cursor?: number;
  readonly state?: Uint8Array;
  readonly put?: readonly DeliveryRow[];
  /** Sequences of rows to remove. */
  readonly remove?: readonly number[];
  /** Replaces the control. Opaque to the journal. */
  readonly control?: Uint8Array;
  readonly settlements?: readonly Settlement[];
}

/** What became of a range of records, or of one that settled below the cursor. */
export interface Settlement {
  /** The first and the last sequence; equal when `isLate`. A range is known by `to`, a late one by its sequence: put again, it replaces the one before. */
  readonly from: number;
  readonly to: number;
  /** One record that had a row and settled below the cursor. */
  readonly isLate: boolean;
  /** In milliseconds since 1970. */
  readonly atMs: number;
  /** Opaque to the journal. */
  readonly note: Uint8Array;
}

export interface RowQuery {
  readonly state?: DeliveryRow["state"];
  readonly after: number;
  readonly limit: number;
  /** Leaves out `bytes`, for listings. */
  readonly withoutBytes?: boolean;
}

/** A delivery that is not settled at once: it waits for its next attempt, or for another of its key, or was given up. */
export interface DeliveryRow {
  readonly sequence: number;
  readonly recordId: string;
  readonly state: "waiting" | "parked" | "dead";
  /** Attempts made so far. */
  readonly attempts: number;
  /** When the first attempt was made, in milliseconds since 1970. */
  readonly firstAttemptAtMs: number;
  /** When the next attempt is due (waiting) or when it was given up (dead), in milliseconds since 1970. */
  readonly dueAtMs: number;
  /** Code of the last error, e.g. `unavailable`. */
  readonly code: string;
  /** Message of the last error. */
  readonly message: string;
  /** The row's own copy of the record; absent in parked rows and in those that stand for a range. */
  readonly bytes?: Uint8Array | undefined;
  /** What it is ordered by, at destinations that deliver in the order of keys. */
  readonly key?: string | undefined;
  /** The attempts so far. Opaque to the journal. */
  readonly history?: Uint8Array | undefined;
  /** For a dead letter that stands for a range of records that were given up together: the last of them; `sequence` is the first. */
  readonly through?: number | undefined;
}
