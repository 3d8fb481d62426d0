import type { Correlation } from "@tapio/contracts/domain/v1/correlation";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Finding } from "@tapio/contracts/domain/v1/finding";
import { Severity } from "@tapio/contracts/domain/v1/types";
import type { TraceContext } from "@tapio/contracts/domain/v1/types";
import { LIMITS } from "../core/limits.ts";
import type { Span } from "../core/types.ts";
import { createAttributeSet, putArray, putString } from "../enricher/attribute-set.ts";
import type { AttributeSet } from "../enricher/attribute-set.ts";
import { putData } from "../enricher/data-attributes.ts";
import { putResources } from "../enricher/resource-attributes.ts";
import { coordinatesOf, isSpanId, isTraceId } from "./record-ids.ts";
import { rfc3339Of } from "./unix-nano.ts";

/** What all three kinds of record share. */
type RecordBody = Event | Finding | Correlation;

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

type SpanContext = Pick<Span, "traceId" | "spanId" | "parentSpanId" | "traceState" | "flags">;

/** The span's place: in the trace that the record names, below the span that it names, else as the root of a trace of its own. */
export function spanContextOf(record: RecordBody): SpanContext {
  const { traceId, spanId } = coordinatesOf(record);
  const trace: TraceContext | undefined = record.trace;
  if (trace === undefined || !isTraceId(trace.traceId)) return { traceId, spanId, parentSpanId: "", traceState: "", flags: SAMPLED };
  const hasParent = isSpanId(trace.spanId);
  return {
    traceId,
    spanId,
    parentSpanId: hasParent ? trace.spanId : "",
    traceState: trace.traceState.length <= LIMITS.traceStateLengthMax ? trace.traceState : "",
    flags: (trace.flags & 0xff) | (hasParent ? PARENT_REMOTENESS_KNOWN | PARENT_IS_REMOTE : 0),
  };
}

/** The attributes that every record has, the most telling first: when a span is full, the last ones are dropped. */
export function createRecordAttributes(record: RecordBody, kind: "event" | "finding" | "correlation", message: string): AttributeSet {
  const set = createAttributeSet();
  putString(set, "tapio.record.id", record.id);
  putString(set, "tapio.record.kind", kind);
  putString(set, `tapio.${kind}.type`, record.type);
  putString(set, "tapio.severity", SEVERITY_NAMES[record.severity] ?? "");
  putString(set, "tapio.message", message);
  if (record.observedTime !== undefined) putString(set, "tapio.observed_time", rfc3339Of(record.observedTime));
  return set;
}

/** What goes behind the attributes of the kind, since a source may send any number of these. */
export function putOpenAttributes(set: AttributeSet, record: RecordBody): void {
  putResources(set, record.resources);
  putArray(set, "tapio.correlation_keys", record.correlationKeys);
  for (const name in record.labels) putString(set, `tapio.label.${name}`, record.labels[name] ?? "");
  putData(set, record.data);
}
