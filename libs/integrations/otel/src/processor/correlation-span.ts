import { CorrelationKind } from "@tapio/contracts/domain/v1/correlation";
import type { CausalEdge, Correlation } from "@tapio/contracts/domain/v1/correlation";
import { LIMITS } from "../core/limits.ts";
import { putDouble, putNumber, putString } from "../enricher/attribute-set.ts";
import type { ProtobufWriter } from "../wire/protobuf-writer.ts";
import { writeCorrelationLinks } from "./correlation-links.ts";
import {
  closeAttributes,
  closePart,
  closeSpan,
  openSpan,
  openSpanEvent,
  putOpenAttributes,
  putRecordAttributes,
  SpanField,
  writeDropped,
} from "./span-frame.ts";
import type { OpenSpan } from "./span-frame.ts";
import { spanTimesOf } from "./unix-nano.ts";

const KIND_NAMES: Readonly<Record<number, string>> = {
  [CorrelationKind.TEMPORAL]: "temporal",
  [CorrelationKind.SPATIAL]: "spatial",
  [CorrelationKind.CAUSAL]: "causal",
};

/** A span over the correlation's window, linked to its members; each step from cause to effect is a span event. */
export function writeCorrelationSpan(w: ProtobufWriter, correlation: Correlation): void {
  const times = spanTimesOf(correlation.time, correlation.window);
  const span = openSpan(w, correlation, times);
  const set = span.attributes;
  putRecordAttributes(set, correlation, "correlation", correlation.summary);
  putString(set, "tapio.correlation.kind", KIND_NAMES[correlation.kind] ?? "");
  putDouble(set, "tapio.confidence", correlation.confidence);
  putNumber(set, "tapio.correlation.member_count", correlation.members.length);
  putString(set, "tapio.correlation.root_cause", correlation.rootCause?.recordId ?? "");
  putOpenAttributes(set, correlation);
  closeAttributes(span);
  const edges = correlation.causalChain;
  for (const edge of edges.slice(0, LIMITS.spanEventsMax)) writeEdge(span, edge, times.end);
  writeDropped(w, SpanField.DROPPED_EVENTS, edges.length - LIMITS.spanEventsMax);
  writeCorrelationLinks(span, correlation);
  closeSpan(span);
}

function writeEdge(span: OpenSpan, edge: CausalEdge, timeUnixNano: bigint): void {
  const event = openSpanEvent(span, timeUnixNano, "tapio.causal_edge");
  putString(event.attributes, "tapio.cause.record_id", edge.causeId);
  putString(event.attributes, "tapio.effect.record_id", edge.effectId);
  putString(event.attributes, "tapio.cause.description", edge.description);
  putDouble(event.attributes, "tapio.confidence", edge.confidence);
  closePart(event);
}
