import { ATTR_ERROR_TYPE } from "@opentelemetry/semantic-conventions";
import type { ErrorDetail, Event, Reasoning } from "@tapio/contracts/domain/v1/event";
import { Outcome } from "@tapio/contracts/domain/v1/types";
import { putArray, putDouble, putString, truncate } from "../enricher/attribute-set.ts";
import type { AttributeSet } from "../enricher/attribute-set.ts";
import type { ProtobufWriter } from "../wire/protobuf-writer.ts";
import { closeAttributes, closeSpan, openSpan, putOpenAttributes, putRecordAttributes } from "./span-frame.ts";
import { unixNanoOf } from "./unix-nano.ts";

const OUTCOME_NAMES: Readonly<Record<number, string>> = {
  [Outcome.SUCCESS]: "success",
  [Outcome.FAILURE]: "failure",
  [Outcome.TIMEOUT]: "timeout",
  [Outcome.IN_PROGRESS]: "in_progress",
  [Outcome.UNKNOWN]: "unknown",
};

// The conventions' own value for a failure that has no code.
const OTHER_ERROR = "_OTHER";

/** A span without length: an event is a moment. */
export function writeEventSpan(w: ProtobufWriter, event: Event): void {
  const time = unixNanoOf(event.time);
  const span = openSpan(w, event, { start: time, end: time });
  const set = span.attributes;
  putRecordAttributes(set, event, "event", event.message);
  putString(set, "tapio.outcome", OUTCOME_NAMES[event.outcome] ?? "");
  const hasFailed = event.outcome === Outcome.FAILURE || event.outcome === Outcome.TIMEOUT;
  if (hasFailed) putString(set, ATTR_ERROR_TYPE, event.error?.code || (event.outcome === Outcome.TIMEOUT ? "timeout" : OTHER_ERROR));
  if (event.error !== undefined) putError(set, event.error);
  if (event.reasoning !== undefined) putReasoning(set, event.reasoning);
  putOpenAttributes(set, event);
  closeAttributes(span);
  closeSpan(span, hasFailed ? truncate(event.error?.message || event.message) : undefined);
}

function putError(set: AttributeSet, error: ErrorDetail): void {
  putString(set, "tapio.error.message", error.message);
  putString(set, "tapio.error.what_failed", error.whatFailed);
  putString(set, "tapio.error.why_it_matters", error.whyItMatters);
  putArray(set, "tapio.error.possible_causes", error.possibleCauses);
  putString(set, "tapio.error.suggested_fix", error.suggestedFix);
}

function putReasoning(set: AttributeSet, reasoning: Reasoning): void {
  putString(set, "tapio.reasoning.summary", reasoning.summary);
  putString(set, "tapio.reasoning.explanation", reasoning.explanation);
  putDouble(set, "tapio.reasoning.confidence", reasoning.confidence);
  putArray(set, "tapio.reasoning.causal_chain", reasoning.causalChain);
  putArray(set, "tapio.reasoning.patterns_matched", reasoning.patternsMatched);
}
