/**
 * `full`: no room; `io`: the medium failed; `corrupt`: what was read is not what was written; `fenced`: a later holder took over;
 * `locked`: another process owns it; `version`: written by another format; `closed`: after `close`.
 */
export type JournalErrorCode = "full" | "io" | "corrupt" | "fenced" | "locked" | "version" | "closed";

/** Sequences, both included. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/** The one error of all journals. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly code: JournalErrorCode;
  /** Of a read: the records that cannot be read. Reading after `to` goes on. */
  readonly damaged: SequenceRange | undefined;

  constructor(code: JournalErrorCode, message: string, cause?: unknown, damaged?: SequenceRange) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.damaged = damaged;
  }
}
