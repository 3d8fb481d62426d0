import type { JsonObject } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { EventSchema, type ErrorDetail, ErrorDetailSchema, type Reasoning, ReasoningSchema } from "@tapio/contracts/domain/v1/event";
import { type Record, RecordSchema } from "@tapio/contracts/domain/v1/record";
import {
  type Resource,
  ResourceSchema,
  type TraceContext,
  TraceContextSchema,
  Outcome,
  Severity,
  SourceSchema,
} from "@tapio/contracts/domain/v1/types";
import { TimestampSchema, timestampFromMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import { isRecordId, parseRfc3339 } from "@tapio/domain";
import { createReader, FieldProblem, type ObjectReader } from "./object-reader.ts";
import type { JsonValue } from "./lossless-json.ts";

/** What the transport knows and the agent does not say. */
export interface OccurrenceContext {
  /** The node, when the occurrence names none. */
  readonly node: string;
  /** The cluster, when the occurrence names none. */
  readonly cluster: string;
  /** When it was received, in milliseconds since 1970. */
  readonly observedAtMs: number;
}

const severities: ReadonlyMap<string, Severity> = new Map([
  ["debug", Severity.DEBUG],
  ["info", Severity.INFO],
  ["warning", Severity.WARNING],
  ["error", Severity.ERROR],
  ["critical", Severity.CRITICAL],
]);

const outcomes: ReadonlyMap<string, Outcome> = new Map([
  ["success", Outcome.SUCCESS],
  ["failure", Outcome.FAILURE],
  ["timeout", Outcome.TIMEOUT],
  ["in_progress", Outcome.IN_PROGRESS],
  ["unknown", Outcome.UNKNOWN],
]);

/** Fields of an occurrence that have a field of their own in the event; all others are kept under `data["tapio.extra"]`. */
const knownFields = new Set([
  "id", "timestamp", "source", "type", "severity", "outcome", "protocol_version", "error", "context", "reasoning", "data",
]); // prettier-ignore

const typePattern = /^[A-Za-z0-9_-]{1,64}([.][A-Za-z0-9_-]{1,64}){0,7}$/;

/** `protocol_version` of the occurrences that this decoder was written for. */
const protocolMajor = "1";

/**
 * One occurrence of the Tapio agent 4.x as an event.
 * @throws FieldProblem that names the field.
 */
export function recordOfOccurrence(value: JsonValue, context: OccurrenceContext): Record {
  const occurrence = createReader(value, "");
  const id = occurrence.requiredString("id", "the ULID of the occurrence");
  if (!isRecordId(id)) throw new FieldProblem("id", "must be 1 to 128 of A-Z a-z 0-9 _ -");
  try {
    return eventOf(occurrence, id, context);
  } catch (reason) {
    throw reason instanceof FieldProblem ? reason.of(id) : reason;
  }
}

function eventOf(occurrence: ObjectReader, id: string, context: OccurrenceContext): Record {
  const protocol = occurrence.optionalString("protocol_version") ?? "1.0";
  if (protocol.split(".")[0] !== protocolMajor)
    throw new FieldProblem("protocol_version", `is "${protocol.slice(0, 20)}"; this gateway reads 1.x`);
  const type = occurrence.requiredString("type", "e.g. kernel.container.oom_kill");
  if (!typePattern.test(type)) throw new FieldProblem("type", "must be dotted segments of A-Z a-z 0-9 _ -, e.g. kernel.container.oom_kill");
  const place = occurrence.optionalObject("context");
  const error = occurrence.optionalObject("error");
  const reasoning = occurrence.optionalObject("reasoning");
  const event = create(EventSchema, {
    id,
    type,
    time: timeOf(occurrence),
    observedTime: timestampFromMs(context.observedAtMs),
    severity: named(severities, "severity", occurrence.requiredString("severity", "debug, info, warning, error or critical")),
    outcome: named(outcomes, "outcome", occurrence.optionalString("outcome") ?? "unknown"),
    source: create(SourceSchema, {
      kind: agentKind(occurrence.optionalString("source")),
      cluster: place?.optionalString("cluster") ?? context.cluster,
      node: place?.optionalString("node") ?? context.node,
    }),
    resources: resourcesOf(place),
    correlationKeys: place?.strings("correlation_keys") ?? [],
    message: messageOf(error, reasoning),
    data: dataOf(occurrence),
  });
  const trace = traceOf(place);
  if (trace !== undefined) event.trace = trace;
  if (error !== undefined) event.error = errorOf(error);
  if (reasoning !== undefined) event.reasoning = reasoningOf(reasoning);
  return create(RecordSchema, { kind: { case: "event", value: event } });
}

function agentKind(source: string | undefined): string {
  return source === undefined || source === "tapio" ? "tapio-agent" : source;
}

function named<T>(names: ReadonlyMap<string, T>, field: string, name: string): T {
  const value = names.get(name);
  if (value === undefined) throw new FieldProblem(field, `"${name.slice(0, 40)}" is none of ${[...names.keys()].join(", ")}`);
  return value;
}

function timeOf(occurrence: ObjectReader): Timestamp {
  const text = occurrence.requiredString("timestamp", "RFC 3339, e.g. 2026-11-01T12:00:00.123456789+00:00");
  const parsed = parseRfc3339(text);
  if (parsed === undefined)
    throw new FieldProblem("timestamp", `"${text.slice(0, 60)}" is not RFC 3339, e.g. 2026-11-01T12:00:00.123456789+00:00`);
  return create(TimestampSchema, parsed);
}

function resourcesOf(place: ObjectReader | undefined): Resource[] {
  if (place === undefined) return [];
  const namespace = place.optionalString("namespace") ?? "";
  const entities = place.objects("entities").map((entity) =>
    create(ResourceSchema, {
      kind: (entity.optionalString("kind") ?? "").toLowerCase(),
      uid: entity.optionalString("id") ?? "",
      name: entity.optionalString("name") ?? "",
      version: entity.optionalString("version") ?? "",
      namespace,
    }),
  );
  if (entities.length > 0 || namespace === "") return entities;
  return [create(ResourceSchema, { kind: "namespace", name: namespace, namespace })];
}

function traceOf(place: ObjectReader | undefined): TraceContext | undefined {
  const traceId = hexId(place, "trace_id", 32);
  const spanId = hexId(place, "span_id", 16);
  if (traceId === "") return undefined;
  return create(TraceContextSchema, { traceId, spanId });
}

/** Hexadecimal digits in lower case; empty when absent or all zero, which W3C trace context calls invalid. */
function hexId(place: ObjectReader | undefined, field: string, digits: number): string {
  const text = (place?.optionalString(field) ?? "").toLowerCase();
  if (text === "" || /^0+$/.test(text)) return "";
  if (text.length !== digits || !/^[0-9a-f]+$/.test(text))
    throw new FieldProblem(`context.${field}`, `must be ${digits} hexadecimal digits`);
  return text;
}

function messageOf(error: ObjectReader | undefined, reasoning: ObjectReader | undefined): string {
  return error?.optionalString("message") ?? reasoning?.optionalString("summary") ?? "";
}

function errorOf(error: ObjectReader): ErrorDetail {
  return create(ErrorDetailSchema, {
    code: error.optionalString("code") ?? "",
    message: error.optionalString("message") ?? "",
    whatFailed: error.optionalString("what_failed") ?? "",
    whyItMatters: error.optionalString("why_it_matters") ?? "",
    possibleCauses: error.strings("possible_causes"),
    suggestedFix: error.optionalString("suggested_fix") ?? "",
  });
}

function reasoningOf(reasoning: ObjectReader): Reasoning {
  const confidence = reasoning.optionalNumber("confidence") ?? 0;
  if (confidence < 0 || confidence > 1) throw new FieldProblem("reasoning.confidence", "must be between 0 and 1");
  return create(ReasoningSchema, {
    summary: reasoning.optionalString("summary") ?? "",
    explanation: reasoning.optionalString("explanation") ?? "",
    confidence,
    causalChain: reasoning.strings("causal_chain"),
    patternsMatched: reasoning.strings("patterns_matched"),
  });
}

function dataOf(occurrence: ObjectReader): JsonObject {
  const data = occurrence.optionalPlain("data") ?? {};
  const extra = occurrence.rest(knownFields);
  return Object.keys(extra).length === 0 ? data : { ...data, "tapio.extra": extra };
}
