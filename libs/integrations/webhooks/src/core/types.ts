/** Header names, in any case, to their value or values; what `node:http` gives fits. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** An HTTP request as it came, before anything was parsed. */
export interface RawRequest {
  readonly method: string;
  readonly headers: RequestHeaders;
  readonly body: Uint8Array;
}

/** An HTTP response, ready to be written. Header names are in lower case. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** One record, ready to be posted. */
export interface OutgoingWebhook {
  /** The record's id: constant over attempts and redeliveries. */
  readonly id: string;
  /** Encodes the payload; called once per attempt, when it is its turn. Throws when the record has no JSON form. */
  encode(): Uint8Array;
}

/** What the receiver answered. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** The beginning of the body, as text. */
  readonly excerpt: string;
}
