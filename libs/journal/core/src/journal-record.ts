/**
 * A record as the journal gives it: a part of a buffer that it may share with others, which were read with it. A class, since there is one for each
 * record that is delivered, and most never need an array of their own.
 */
export class JournalRecord {
  readonly sequence: number;
  /** When it was appended, in milliseconds since 1970. */
  readonly appendedAtMs: number;
  /** Holds the encoded record, from `start` to `end` (excluded). */
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** `outlineOf` (@tapio/domain) of these bytes, where the journal looked for it: it may have them at hand on another thread. */
  readonly outline: number | undefined;

  constructor(sequence: number, appendedAtMs: number, buffer: Uint8Array, start = 0, end = buffer.length, outline?: number) {
    this.sequence = sequence;
    this.appendedAtMs = appendedAtMs;
    this.buffer = buffer;
    this.start = start;
    this.end = end;
    this.outline = outline;
  }

  /** How many bytes the encoded record has. */
  get size(): number {
    return this.end - this.start;
  }

  /** The encoded record, in an array that is made at each call. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(this.start, this.end);
  }
}
