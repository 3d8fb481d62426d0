/** What a load generator is told, as JSON in its first argument. */
export interface LoadOptions {
  readonly url: string;
  /** Starts the ids of this load; see record-id.ts. */
  readonly prefix: string;
  /** Records per request; `POST /v1/occurrences` has one. */
  readonly batch: number;
  readonly connections: number;
  /** Requests that one connection has under way at once; HTTP/1.1 has one. */
  readonly streams: number;
  /** What is sent before this is no part of the figures: compilers and caches get warm meanwhile. */
  readonly warmUpSeconds: number;
  /** Ends this long after the warm-up, or when `recordsMax` were sent. */
  readonly seconds: number;
  readonly recordsMax: number;
  /** Number of the first record; default 0. */
  readonly firstRecord?: number;
  /** Requests begin no faster than this many records per second; 0: as fast as they are answered. */
  readonly recordsPerSecond: number;
}

/** What a load generator tells its parent at its end. */
export interface LoadReport {
  /** Records that were acknowledged, the warm-up included. */
  readonly acknowledged: number;
  /** Requests that were told to come later, and came later. */
  readonly putOff: number;
  /** Records that were acknowledged after the warm-up, and for how long that went on. */
  readonly measured: number;
  readonly seconds: number;
  readonly ackMs: { readonly p50: number; readonly p99: number };
  /** When the first request after the warm-up was sent, in milliseconds since 1970. */
  readonly startedAtMs: number;
}
