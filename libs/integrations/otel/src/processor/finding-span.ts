import { FindingState } from "@tapio/contracts/domain/v1/finding";
import type { Evidence, Finding, RecommendedAction } from "@tapio/contracts/domain/v1/finding";
import { LIMITS } from "../core/limits.ts";
import { putDouble, putString } from "../enricher/attribute-set.ts";
import type { ProtobufWriter } from "../wire/protobuf-writer.ts";
import { coordinatesOfRef } from "./record-ids.ts";
import {
  closeAttributes,
  closePart,
  closeSpan,
  openLink,
  openSpan,
  openSpanEvent,
  putOpenAttributes,
  putRecordAttributes,
  SpanField,
  writeDropped,
} from "./span-frame.ts";
import type { OpenSpan } from "./span-frame.ts";
import { spanTimesOf } from "./unix-nano.ts";

/** A span over the finding's window, linked to its evidence. */
export function writeFindingSpan(w: ProtobufWriter, finding: Finding): void {
  const times = spanTimesOf(finding.time, finding.window);
  const span = openSpan(w, finding, times);
  const set = span.attributes;
  putRecordAttributes(set, finding, "finding", finding.title);
  putString(set, "tapio.finding.state", finding.state === FindingState.RESOLVED ? "resolved" : "open");
  putString(set, "tapio.finding.key", finding.key || finding.id);
  putDouble(set, "tapio.confidence", finding.confidence);
  putString(set, "tapio.finding.description", finding.description);
  putOpenAttributes(set, finding);
  closeAttributes(span);
  const actions = finding.recommendedActions;
  for (const action of actions.slice(0, LIMITS.spanEventsMax)) writeAction(span, action, times.end);
  writeDropped(w, SpanField.DROPPED_EVENTS, actions.length - LIMITS.spanEventsMax);
  const evidence = finding.evidence.filter((item) => item.record !== undefined);
  for (const item of evidence.slice(0, LIMITS.linksMax)) writeEvidence(span, item);
  writeDropped(w, SpanField.DROPPED_LINKS, evidence.length - LIMITS.linksMax);
  closeSpan(span);
}

function writeEvidence(span: OpenSpan, { record, description, weight }: Evidence): void {
  if (record === undefined) return;
  const link = openLink(span, coordinatesOfRef(record));
  putString(link.attributes, "tapio.record.id", record.recordId);
  putString(link.attributes, "tapio.link.kind", "evidence");
  putString(link.attributes, "tapio.link.description", description);
  putDouble(link.attributes, "tapio.link.weight", weight);
  closePart(link);
}

function writeAction(span: OpenSpan, action: RecommendedAction, timeUnixNano: bigint): void {
  const event = openSpanEvent(span, timeUnixNano, "tapio.recommended_action");
  putString(event.attributes, "tapio.action.title", action.title);
  putString(event.attributes, "tapio.action.command", action.command);
  putString(event.attributes, "tapio.action.url", action.url);
  closePart(event);
}
