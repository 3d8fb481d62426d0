import type { Source } from "@tapio/contracts/domain/v1/types";

/** One OTLP attribute; the tag decides the wire type, so that a key always has the same one. */
export type Attribute =
  | { readonly key: string; readonly type: "string"; readonly value: string }
  | { readonly key: string; readonly type: "bool"; readonly value: boolean }
  /** A safe integer. */
  | { readonly key: string; readonly type: "int"; readonly value: number }
  | { readonly key: string; readonly type: "double"; readonly value: number }
  /** Items of one type. */
  | { readonly key: string; readonly type: "array"; readonly value: readonly string[] | readonly number[] | readonly boolean[] };

export interface SpanLink {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
}

export interface SpanEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
}

/** A record as an OTLP span of kind INTERNAL. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root span. */
  readonly parentSpanId: string;
  readonly traceState: string;
  /** W3C flags in the low byte, and OTLP's "the parent is remote" bits. */
  readonly flags: number;
  readonly name: string;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEventsCount: number;
  readonly links: readonly SpanLink[];
  readonly droppedLinksCount: number;
  /** Absent: the status is unset. */
  readonly error?: { readonly message: string } | undefined;
}

/** A span and who observed what it shows: its Resource. */
export interface PlacedSpan {
  readonly span: Span;
  readonly source: Source | undefined;
}

/** The spans of one Resource. */
export interface ResourceGroup {
  readonly resource: readonly Attribute[];
  readonly spans: readonly Span[];
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
  readonly resourceAttributes: readonly Attribute[];
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
}

/** A response, read to its end or to the limit. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower case, without parameters; empty when there is none. */
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  readonly body: Uint8Array;
}
