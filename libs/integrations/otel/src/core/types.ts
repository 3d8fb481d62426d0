/** An attribute of a Resource. */
export interface ResourceAttribute {
  readonly key: string;
  readonly value: string;
}

/** The config with all defaults filled in. */
export interface OtelSettings {
  readonly tracesUrl: URL;
  /** The URL without user, password and query, for messages. */
  readonly displayUrl: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Values that no message may show. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
  readonly gzip: boolean;
  readonly connections: number;
  readonly resourceAttributes: readonly ResourceAttribute[];
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
}

/** A response, read to its end or to the limit. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower case, without parameters; empty when there is none. */
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** What gRPC servers and proxies say instead of a body, percent-encoded. */
  readonly grpcMessage: string | undefined;
  readonly body: Uint8Array;
}
