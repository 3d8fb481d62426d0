/**
 * The durable, ordered log of records, and per destination a small log of what is settled. See docs/specs/journal.md.
 *
 * Sequences are integers from 1 that rise, with gaps allowed; they stay below 2^53.
 */
export interface Journal {
  /** What a resolved `append` or `commit` means: `memory` dies with the process, `fsync` survives a power cut. */
  readonly durability: "memory" | "fsync" | "replicated";

  /**
   * Appends a group, all or none, and resolves when it has the declared durability. An entry whose id was appended lately
   * (also within this group) is not written again: its result names the earlier sequence. The bytes are the journal's from the call on.
   * @throws JournalError when nothing of the group is, or ever will be, in the journal.
   */
  append(group: readonly AppendEntry[]): Promise<readonly AppendResult[]>;

  /** Records with a sequence above `after`, in order: as many as there are, up to `limit`, at least one where there is any. */
  read(after: number, limit: ReadLimit): Promise<readonly JournalRecord[]>;

  /** The record with this sequence, or `undefined` when it was trimmed or never was. */
  get(sequence: number): Promise<JournalRecord | undefined>;

  /** The last sequence that was appended before `atMs`: reading after it starts with the first record that came at `atMs` or later. */
  sequenceBefore(atMs: number): Promise<number>;

  /** Resolves when there is a record above `sequence`; rejects with the signal's reason when it aborts first. */
  waitPast(sequence: number, signal: AbortSignal): Promise<void>;

  /** What there is now: `first` is the oldest kept sequence, or `head + 1` when nothing is kept; `head` is 0 when nothing ever was. */
  bounds(): JournalBounds;

  /** Removes records up to and including `sequence`; their rows in destinations' logs stay. */
  trimTo(sequence: number): Promise<void>;

  /** Opens a destination's log, made when it is new. A handle that was opened before is fenced: its commits fail with `fenced`. */
  open(destination: string): Promise<DestinationLog>;

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

export interface JournalRecord {
  readonly sequence: number;
  /** When it was appended, in milliseconds since 1970. */
  readonly appendedAtMs: number;
  readonly bytes: Uint8Array;
}

export interface JournalBounds {
  readonly first: number;
  readonly head: number;
}

/** What is settled for one destination. */
export interface DestinationLog {
  readonly destination: string;

  /** Everything at or below it is settled: delivered, skipped, or held as a row. `undefined` before the first commit. */
  readonly cursor: number | undefined;

  /** The last committed state, for destinations that have one. */
  readonly state: Uint8Array | undefined;

  /**
   * One atomic write: the cursor, the state, and rows to put and to remove. Resolves when it has the journal's durability.
   * Law: a put row is durable no later than the cursor that passes it; a removal may trail.
   * The cursor never moves back. A row that is put again under its sequence replaces the one before.
   * @throws JournalError `fenced` when a later `open` took this log over.
   */
  commit(change: DestinationChange): Promise<void>;

  /** Waiting rows whose `dueAtMs` is at or before `nowMs`, the earliest due first. */
  due(nowMs: number, limit: number): Promise<readonly DeliveryRow[]>;

  /** When the next waiting row is due, in milliseconds since 1970; `undefined` when none waits. */
  nextDueAtMs(): Promise<number | undefined>;

  /** Rows by state, in the order of their sequences, above `after`. */
  rows(query: RowQuery): Promise<readonly DeliveryRow[]>;

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
}

export interface RowQuery {
  readonly state?: DeliveryRow["state"];
  readonly after: number;
  readonly limit: number;
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
  /** The row's own copy of the record; absent in parked rows. */
  readonly bytes?: Uint8Array | undefined;
}
