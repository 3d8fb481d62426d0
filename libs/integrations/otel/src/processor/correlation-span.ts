import { CorrelationKind } from "@tapio/contracts/domain/v1/correlation";
import type { CausalEdge, Correlation } from "@tapio/contracts/domain/v1/correlation";
import { LIMITS } from "../core/limits.ts";
import type { Span, SpanEvent } from "../core/types.ts";
import { createAttributeSet, putDouble, putNumber, putString } from "../enricher/attribute-set.ts";
import { correlationLinks } from "./correlation-links.ts";
import { createRecordAttributes, putOpenAttributes, spanContextOf } from "./span-frame.ts";
import { spanTimesOf } from "./unix-nano.ts";

const KIND_NAMES: Readonly<Record<number, string>> = {
  [CorrelationKind.TEMPORAL]: "temporal",
  [CorrelationKind.SPATIAL]: "spatial",
  [CorrelationKind.CAUSAL]: "causal",
};

/** A span over the correlation's window, linked to its members; each step from cause to effect is a span event. */
export function correlationSpan(correlation: Correlation): Span {
  const times = spanTimesOf(correlation.time, correlation.window);
  const set = createRecordAttributes(correlation, "correlation", correlation.summary);
  putString(set, "tapio.correlation.kind", KIND_NAMES[correlation.kind] ?? "");
  putDouble(set, "tapio.confidence", correlation.confidence);
  putNumber(set, "tapio.correlation.member_count", correlation.members.length);
  putString(set, "tapio.correlation.root_cause", correlation.rootCause?.recordId ?? "");
  putOpenAttributes(set, correlation);
  const links = correlationLinks(correlation);
  const edges = correlation.causalChain;
  return {
    ...spanContextOf(correlation),
    name: correlation.type,
    startTimeUnixNano: times.start,
    endTimeUnixNano: times.end,
    attributes: set.attributes,
    droppedAttributesCount: set.droppedCount,
    events: edges.slice(0, LIMITS.spanEventsMax).map((edge) => edgeEvent(edge, times.end)),
    droppedEventsCount: Math.max(0, edges.length - LIMITS.spanEventsMax),
    links: links.kept,
    droppedLinksCount: links.droppedCount,
  };
}

function edgeEvent(edge: CausalEdge, timeUnixNano: bigint): SpanEvent {
  const set = createAttributeSet(LIMITS.partAttributesMax);
  putString(set, "tapio.cause.record_id", edge.causeId);
  putString(set, "tapio.effect.record_id", edge.effectId);
  putString(set, "tapio.cause.description", edge.description);
  putDouble(set, "tapio.confidence", edge.confidence);
  return { timeUnixNano, name: "tapio.causal_edge", attributes: set.attributes, droppedAttributesCount: set.droppedCount };
}
