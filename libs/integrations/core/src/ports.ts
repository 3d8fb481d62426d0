/** The way into the journal, for everything that receives records. */
export interface RecordSink {
  /**
   * Judges each record alone and appends those that are right. Resolves when the accepted ones have the journal's declared
   * durability. One result per record, in their order.
   * @throws Overloaded when nothing was taken and the caller should come again later.
   */
  submit(batch: readonly SubmittedRecord[], call: SubmitCall): Promise<readonly SubmitResult[]>;
}

/** A record as a source hands it in: its bytes, or what was wrong with it before it could be encoded. */
export type SubmittedRecord =
  { readonly bytes: Uint8Array } | { readonly problem: { readonly id?: string; readonly field: string; readonly reason: string } };

export interface SubmitCall {
  readonly signal: AbortSignal;
  /** Where the records come from, for metrics: a short name from a bounded set, e.g. `grpc`, `occurrences`. */
  readonly source: string;
}

export type SubmitResult =
  | { readonly status: "accepted"; readonly id: string; readonly sequence: number }
  | { readonly status: "duplicate"; readonly id: string; readonly sequence: number }
  | { readonly status: "rejected"; readonly id?: string | undefined; readonly field: string; readonly reason: string };

/** The gateway cannot take more now; nothing was taken. */
export class Overloaded extends Error {
  override readonly name = "Overloaded";
  /** When to come again, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** `not_found`: there is no such thing; `invalid`: it can never be done; `not_now`: the state of things does not permit it. */
export type ControlErrorCode = "not_found" | "invalid" | "not_now";

/** An operator asked for what cannot be done; nothing was changed. The message says what to do. */
export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
