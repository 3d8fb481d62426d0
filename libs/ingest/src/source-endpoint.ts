/** A request to a source endpoint, its body read and decompressed within the listener's limits. */
export interface SourceRequest {
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  readonly peerAddress: string;
  readonly hangup: Hangup;
}

export interface SourceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One HTTP endpoint that takes one source format. It never throws: what goes wrong is a response. */
export interface SourceEndpoint {
  readonly method: "POST";
  /** Exact path, e.g. `/v1/occurrences`. */
  readonly path: string;
  handle(request: SourceRequest): Promise<SourceResponse>;
}

/** The client's going. */
export interface Hangup {
  /** Aborts when the client goes before it has its answer. It is made when it is first asked for. */
  readonly signal: AbortSignal;
}
