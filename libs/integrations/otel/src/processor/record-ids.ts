import { hash } from "node:crypto";

// Part of every id: a change of how ids are made must change it, and thereby breaks links to spans that were sent before.
const PREFIX = "tapio-otel-1:";
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);
const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;

/** What decides a record's trace. All three kinds of record have it. */
export interface TraceableRecord {
  readonly id: string;
  readonly trace?: { readonly traceId: string } | undefined;
}

/**
 * The trace that a record's span is in, as 32 lower-case hexadecimal digits: the one of its trace context, else one made from its
 * id. The same record always gives the same.
 */
export function traceIdOf(record: TraceableRecord): string {
  const traceId = record.trace?.traceId ?? "";
  return isTraceId(traceId) ? traceId : digestOf(record.id).slice(0, 32);
}

/** The span of a record, as 16 lower-case hexadecimal digits, made from its id alone. */
export function spanIdOf(recordId: string): string {
  return digestOf(recordId).slice(32, 48);
}

export interface SpanCoordinates {
  readonly traceId: string;
  readonly spanId: string;
}

/** Both ids from one digest. */
export function coordinatesOf(record: TraceableRecord): SpanCoordinates {
  const digest = digestOf(record.id);
  const traceId = record.trace?.traceId ?? "";
  return { traceId: isTraceId(traceId) ? traceId : digest.slice(0, 32), spanId: digest.slice(32, 48) };
}

/** Where a link to another record leads: to what its sender knows of it, else to the span that this integration makes of it. */
export function coordinatesOfRef(ref: { readonly recordId: string; readonly traceId: string; readonly spanId: string }): SpanCoordinates {
  if (isTraceId(ref.traceId)) return { traceId: ref.traceId, spanId: isSpanId(ref.spanId) ? ref.spanId : spanIdOf(ref.recordId) };
  return coordinatesOf({ id: ref.recordId });
}

export function isTraceId(text: string): boolean {
  return TRACE_ID.test(text) && text !== NO_TRACE;
}

export function isSpanId(text: string): boolean {
  return SPAN_ID.test(text) && text !== NO_SPAN;
}

function digestOf(recordId: string): string {
  const digest = hash("sha256", PREFIX + recordId, "hex");
  // Zeros alone would have to be mended; hardly any digest has so many.
  return digest.includes("00000000") ? nonZero(digest) : digest;
}

/** W3C and OTLP forbid ids that are all zero. */
export function nonZero(digest: string): string {
  const traceId = digest.startsWith(NO_TRACE) ? `${NO_TRACE.slice(1)}1` : digest.slice(0, 32);
  const spanId = digest.slice(32, 48) === NO_SPAN ? `${NO_SPAN.slice(1)}1` : digest.slice(32, 48);
  return traceId + spanId;
}
