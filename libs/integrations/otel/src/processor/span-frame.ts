import type { Correlation } from "@tapio/contracts/domain/v1/correlation";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Finding } from "@tapio/contracts/domain/v1/finding";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { LIMITS } from "../core/limits.ts";
import { createAttributeSet, putArray, putString } from "../enricher/attribute-set.ts";
import type { AttributeSet } from "../enricher/attribute-set.ts";
import { putData } from "../enricher/data-attributes.ts";
import { putResources } from "../enricher/resource-attributes.ts";
import { closeMessage, openMessage, writeFixed32, writeFixed64, writeHex, writeString, writeUint } from "../wire/protobuf-writer.ts";
import type { ProtobufWriter } from "../wire/protobuf-writer.ts";
import { coordinatesOf, isSpanId } from "./record-ids.ts";
import { rfc3339Of } from "./unix-nano.ts";
import type { SpanTimes } from "./unix-nano.ts";

/** What all three kinds of record share. */
type RecordBody = Event | Finding | Correlation;

/** Numbers of fields that `Span`, `Span.Event` and `Span.Link` have in common use here (opentelemetry-proto 1.x, trace/v1/trace.proto). */
export const SpanField = { ATTRIBUTES: 9, DROPPED_ATTRIBUTES: 10, EVENTS: 11, DROPPED_EVENTS: 12, LINKS: 13, DROPPED_LINKS: 14 } as const;
/** `ScopeSpans.spans` */
const SPANS_FIELD = 2;
const KIND_INTERNAL = 1;
const STATUS_ERROR = 2;

const SAMPLED = 0x01;
const PARENT_REMOTENESS_KNOWN = 0x100;
const PARENT_IS_REMOTE = 0x200;

const SEVERITY_NAMES: Readonly<Record<number, string>> = {
  [Severity.DEBUG]: "debug",
  [Severity.INFO]: "info",
  [Severity.WARNING]: "warning",
  [Severity.ERROR]: "error",
  [Severity.CRITICAL]: "critical",
};

/** A span that is being written. */
export interface OpenSpan {
  readonly writer: ProtobufWriter;
  readonly mark: number;
  readonly attributes: AttributeSet;
  readonly flags: number;
}

/**
 * Begins a span: in the trace that the record names, below the span that it names, else as the root of a trace of its own. Its attributes
 * come next, then `closeAttributes`, its events and its links, then `closeSpan`.
 */
export function openSpan(w: ProtobufWriter, record: RecordBody, times: SpanTimes): OpenSpan {
  const mark = openMessage(w, SPANS_FIELD);
  const { trace } = record;
  const { traceId, spanId } = coordinatesOf(record);
  writeHex(w, 1, traceId);
  writeHex(w, 2, spanId);
  let flags = SAMPLED;
  // The trace's own id was taken when it is a valid one.
  if (trace !== undefined && trace.traceId === traceId) {
    flags = trace.flags & 0xff;
    if (trace.traceState !== "" && trace.traceState.length <= LIMITS.traceStateLengthMax) writeString(w, 3, trace.traceState);
    if (isSpanId(trace.spanId)) {
      writeHex(w, 4, trace.spanId);
      flags |= PARENT_REMOTENESS_KNOWN | PARENT_IS_REMOTE;
    }
  }
  writeString(w, 5, record.type);
  writeUint(w, 6, KIND_INTERNAL);
  writeFixed64(w, 7, times.start);
  writeFixed64(w, 8, times.end);
  return { writer: w, mark, attributes: createAttributeSet(w, SpanField.ATTRIBUTES), flags };
}

/** No attribute of the span itself comes after this. */
export function closeAttributes({ writer, attributes }: OpenSpan): void {
  writeDropped(writer, SpanField.DROPPED_ATTRIBUTES, attributes.droppedCount);
}

/** @param error the status is ERROR, with these words; absent: it is unset */
export function closeSpan({ writer, mark, flags }: OpenSpan, error?: string): void {
  if (error !== undefined) {
    const status = openMessage(writer, 15);
    if (error !== "") writeString(writer, 2, error);
    writeUint(writer, 3, STATUS_ERROR);
    closeMessage(writer, status);
  }
  if (flags !== 0) writeFixed32(writer, 16, flags);
  closeMessage(writer, mark);
}

/** Begins a link to a record's span; it is written to its end by `closePart`. */
export function openLink({ writer }: OpenSpan, { traceId, spanId }: { readonly traceId: string; readonly spanId: string }): OpenPart {
  const mark = openMessage(writer, SpanField.LINKS);
  writeHex(writer, 1, traceId);
  writeHex(writer, 2, spanId);
  return { writer, mark, attributes: createAttributeSet(writer, 4, LIMITS.partAttributesMax), droppedField: 5 };
}

/** Begins a span event; it is written to its end by `closePart`. */
export function openSpanEvent({ writer }: OpenSpan, timeUnixNano: bigint, name: string): OpenPart {
  const mark = openMessage(writer, SpanField.EVENTS);
  writeFixed64(writer, 1, timeUnixNano);
  writeString(writer, 2, name);
  return { writer, mark, attributes: createAttributeSet(writer, 3, LIMITS.partAttributesMax), droppedField: 4 };
}

/** A link or a span event that is being written. */
export interface OpenPart {
  readonly writer: ProtobufWriter;
  readonly mark: number;
  readonly attributes: AttributeSet;
  readonly droppedField: number;
}

export function closePart({ writer, mark, attributes, droppedField }: OpenPart): void {
  writeDropped(writer, droppedField, attributes.droppedCount);
  closeMessage(writer, mark);
}

export function writeDropped(w: ProtobufWriter, field: number, count: number): void {
  if (count > 0) writeUint(w, field, count);
}

/** The attributes that every record has, the most telling first: when a span is full, the last ones are dropped. */
export function putRecordAttributes(
  set: AttributeSet,
  record: RecordBody,
  kind: "event" | "finding" | "correlation",
  message: string,
): void {
  putString(set, "tapio.record.id", record.id);
  putString(set, "tapio.record.kind", kind);
  putString(set, TYPE_KEYS[kind], record.type);
  putString(set, "tapio.severity", SEVERITY_NAMES[record.severity] ?? "");
  putString(set, "tapio.message", message);
  if (record.observedTime !== undefined) putString(set, "tapio.observed_time", rfc3339Of(record.observedTime));
}

const TYPE_KEYS = { event: "tapio.event.type", finding: "tapio.finding.type", correlation: "tapio.correlation.type" } as const;

/** What goes behind the attributes of the kind, since a source may send any number of these. */
export function putOpenAttributes(set: AttributeSet, record: RecordBody): void {
  putResources(set, record.resources);
  putArray(set, "tapio.correlation_keys", record.correlationKeys);
  for (const name in record.labels) putString(set, `tapio.label.${name}`, record.labels[name] ?? "");
  putData(set, record.data);
}
