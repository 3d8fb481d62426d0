import type { DestinationChange, JournalErrorCode, SequenceRange } from "@tapio/journal";

/** Words per record in a group's table: four of the id's hash, then the size of the bytes. This is also the format on disk. */
export const TABLE_WORDS = 5;
export const SIZE_WORD = 4;

/** Appended records, packed: `table` has `TABLE_WORDS` words per record, `bodies` the records' bytes one after the other. Both may be longer than what is used. */
export interface PackedGroup {
  readonly count: number;
  readonly bodyBytes: number;
  readonly appendedAtMs: number;
  readonly table: Uint32Array<ArrayBuffer>;
  readonly bodies: Uint8Array<ArrayBuffer>;
}

export type WriterAction =
  | { readonly kind: "open"; readonly destination: string; readonly destinationKind: string }
  | { readonly kind: "commit"; readonly destination: string; readonly generation: number; readonly change: DestinationChange }
  /** Removes some of what lies at or below `sequence`; to be repeated until it is done, so that appends come in between. */
  | { readonly kind: "trim"; readonly sequence: number };

export type ActionResult =
  | { readonly kind: "opened"; readonly log: OpenedDestination }
  | { readonly kind: "committed" }
  | { readonly kind: "fenced" }
  | { readonly kind: "moved_back"; readonly from: number }
  | { readonly kind: "trimmed"; readonly done: boolean }
  /** It stays as it is, e.g. since something of it is damaged. */
  | { readonly kind: "not_trimmed"; readonly code: JournalErrorCode; readonly message: string };

export interface OpenedDestination {
  readonly id: number;
  readonly kind: string;
  readonly generation: number;
  readonly cursor: number | undefined;
  readonly state: Uint8Array | undefined;
  readonly control: Uint8Array;
}

/** A destination's log as it is stored. */
export interface StoredLog extends OpenedDestination {
  readonly destination: string;
}

/** What becomes one transaction. */
export interface WriteRequest {
  readonly group?: PackedGroup | undefined;
  readonly actions: readonly WriterAction[];
}

export interface WriteReply extends JournalPosition {
  /** The sequence of the group's first record, when none of them is a duplicate. */
  readonly firstSequence: number;
  /** Otherwise the sequence of each, negative for a duplicate. */
  readonly sequences?: Float64Array<ArrayBuffer> | undefined;
  readonly actions: readonly ActionResult[];
  /** Why the group was refused with `full` while the actions were carried out; absent: it was not. */
  readonly refused?: string | undefined;
  /** How many of the group's records are new, how many bytes they have, and when they were appended: they stand at the front of its buffers. */
  readonly added: number;
  readonly bodyBytes: number;
  readonly appendedAtMs: number;
  /** The group's buffers, handed back. */
  readonly table?: Uint32Array<ArrayBuffer> | undefined;
  readonly bodies?: Uint8Array<ArrayBuffer> | undefined;
}

export interface JournalPosition {
  /** Everything at or below it was trimmed. */
  readonly trimmedTo: number;
  readonly head: number;
}

/** Numbers per record in the table of `PackedRecords`. */
export const PACKED_NUMBERS = 4;

/** Records that were read: per record four numbers in `table` (sequence, appendedAtMs, where its bytes end in `bytes`, and their outline). */
export interface PackedRecords {
  readonly table: Float64Array<ArrayBuffer>;
  readonly bytes: Uint8Array;
}

/** A JournalError on its way between threads. */
export interface WireError {
  readonly code: JournalErrorCode;
  readonly message: string;
  readonly damaged: SequenceRange | undefined;
}
