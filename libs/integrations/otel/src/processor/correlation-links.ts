import type { Correlation } from "@tapio/contracts/domain/v1/correlation";
import type { RecordRef } from "@tapio/contracts/domain/v1/types";
import { LIMITS } from "../core/limits.ts";
import { putArray, putString } from "../enricher/attribute-set.ts";
import { coordinatesOfRef } from "./record-ids.ts";
import { closePart, openLink, SpanField, writeDropped } from "./span-frame.ts";
import type { OpenSpan } from "./span-frame.ts";

type LinkedRecord = Pick<RecordRef, "recordId" | "traceId" | "spanId">;

/** One record that the correlation points at, with all that the correlation says of it. */
interface Target {
  readonly record: LinkedRecord;
  role: string;
  readonly causes: string[];
  readonly causedBy: string[];
}

/**
 * Writes one link per record that the correlation names: the root cause first, then members in their order, then whoever only the causal
 * chain names. So what is dropped at the limit matters least.
 */
export function writeCorrelationLinks(span: OpenSpan, correlation: Correlation): void {
  const targets = new Map<string, Target>();
  const rootCause = correlation.rootCause;
  if (rootCause !== undefined) target(targets, refOfMember(correlation, rootCause));
  for (const member of correlation.members) {
    if (member.record !== undefined) target(targets, member.record).role ||= member.role;
  }
  for (const edge of correlation.causalChain) {
    target(targets, { recordId: edge.causeId, traceId: "", spanId: "" }).causes.push(edge.effectId);
    target(targets, { recordId: edge.effectId, traceId: "", spanId: "" }).causedBy.push(edge.causeId);
  }
  for (const each of [...targets.values()].slice(0, LIMITS.linksMax)) writeLink(span, each, rootCause?.recordId);
  writeDropped(span.writer, SpanField.DROPPED_LINKS, targets.size - LIMITS.linksMax);
}

function target(targets: Map<string, Target>, record: LinkedRecord): Target {
  const known = targets.get(record.recordId);
  if (known !== undefined) return known;
  const created: Target = { record, role: "", causes: [], causedBy: [] };
  targets.set(record.recordId, created);
  return created;
}

/** The root cause is often named by its id alone, while the member of that id says where its span is. */
function refOfMember(correlation: Correlation, rootCause: RecordRef): LinkedRecord {
  if (rootCause.traceId !== "") return rootCause;
  return correlation.members.find((member) => member.record?.recordId === rootCause.recordId)?.record ?? rootCause;
}

function writeLink(span: OpenSpan, each: Target, rootCauseId: string | undefined): void {
  const link = openLink(span, coordinatesOfRef(each.record));
  const set = link.attributes;
  putString(set, "tapio.record.id", each.record.recordId);
  putString(set, "tapio.link.kind", kindOf(each, rootCauseId));
  putString(set, "tapio.link.role", each.role);
  putArray(set, "tapio.link.causes", each.causes);
  putArray(set, "tapio.link.caused_by", each.causedBy);
  closePart(link);
}

function kindOf(each: Target, rootCauseId: string | undefined): "root_cause" | "cause" | "effect" | "member" {
  if (each.record.recordId === rootCauseId) return "root_cause";
  if (each.causes.length > 0) return "cause";
  return each.causedBy.length > 0 ? "effect" : "member";
}
