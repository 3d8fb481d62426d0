import { FindingState } from "@tapio/contracts/domain/v1/finding";
import type { Evidence, Finding, RecommendedAction } from "@tapio/contracts/domain/v1/finding";
import { LIMITS } from "../core/limits.ts";
import type { Span, SpanEvent, SpanLink } from "../core/types.ts";
import { createAttributeSet, putDouble, putString } from "../enricher/attribute-set.ts";
import { coordinatesOfRef } from "./record-ids.ts";
import { createRecordAttributes, putOpenAttributes, spanContextOf } from "./span-frame.ts";
import { spanTimesOf } from "./unix-nano.ts";

/** A span over the finding's window, linked to its evidence. */
export function findingSpan(finding: Finding): Span {
  const times = spanTimesOf(finding.time, finding.window);
  const set = createRecordAttributes(finding, "finding", finding.title);
  putString(set, "tapio.finding.state", finding.state === FindingState.RESOLVED ? "resolved" : "open");
  putString(set, "tapio.finding.key", finding.key || finding.id);
  putDouble(set, "tapio.confidence", finding.confidence);
  putString(set, "tapio.finding.description", finding.description);
  putOpenAttributes(set, finding);
  const evidence = finding.evidence.filter((item) => item.record !== undefined);
  const actions = finding.recommendedActions;
  return {
    ...spanContextOf(finding),
    name: finding.type,
    startTimeUnixNano: times.start,
    endTimeUnixNano: times.end,
    attributes: set.attributes,
    droppedAttributesCount: set.droppedCount,
    events: actions.slice(0, LIMITS.spanEventsMax).map((action) => actionEvent(action, times.end)),
    droppedEventsCount: Math.max(0, actions.length - LIMITS.spanEventsMax),
    links: evidence.slice(0, LIMITS.linksMax).flatMap(evidenceLink),
    droppedLinksCount: Math.max(0, evidence.length - LIMITS.linksMax),
  };
}

function evidenceLink(evidence: Evidence): SpanLink[] {
  if (evidence.record === undefined) return [];
  const set = createAttributeSet(LIMITS.partAttributesMax);
  putString(set, "tapio.record.id", evidence.record.recordId);
  putString(set, "tapio.link.kind", "evidence");
  putString(set, "tapio.link.description", evidence.description);
  putDouble(set, "tapio.link.weight", evidence.weight);
  return [{ ...coordinatesOfRef(evidence.record), attributes: set.attributes, droppedAttributesCount: set.droppedCount }];
}

function actionEvent(action: RecommendedAction, timeUnixNano: bigint): SpanEvent {
  const set = createAttributeSet(LIMITS.partAttributesMax);
  putString(set, "tapio.action.title", action.title);
  putString(set, "tapio.action.command", action.command);
  putString(set, "tapio.action.url", action.url);
  return { timeUnixNano, name: "tapio.recommended_action", attributes: set.attributes, droppedAttributesCount: set.droppedCount };
}
