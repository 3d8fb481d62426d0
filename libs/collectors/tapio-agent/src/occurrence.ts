import type { ErrorDetail, Event, Reasoning } from "@tapio/contracts/domain/v1/event";
import type { Record } from "@tapio/contracts/domain/v1/record";
import { type Resource, type Source, type TraceContext, Outcome, Severity } from "@tapio/contracts/domain/v1/types";
import { timestampFromMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import { isRecordId, parseRfc3339 } from "@tapio/domain";
import { dataOf } from "./extra-fields.ts";
import {
  createJudgement,
  note,
  openObject,
  readName,
  readNumber,
  readObject,
  readObjects,
  readRequiredText,
  readText,
  readTexts,
  type FieldProblem,
  type Judgement,
  type ObjectPlace,
} from "./object-reader.ts";
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

/** One occurrence as a record, or what is wrong with it; `id` where it could be read. */
export type DecodedOccurrence = { readonly record: Record } | { readonly problem: FieldProblem & { readonly id?: string } };

const severities = namedValues([
  ["debug", Severity.DEBUG],
  ["info", Severity.INFO],
  ["warning", Severity.WARNING],
  ["error", Severity.ERROR],
  ["critical", Severity.CRITICAL],
]);

const outcomes = namedValues([
  ["success", Outcome.SUCCESS],
  ["failure", Outcome.FAILURE],
  ["timeout", Outcome.TIMEOUT],
  ["in_progress", Outcome.IN_PROGRESS],
  ["unknown", Outcome.UNKNOWN],
]);

const typePattern = /^[A-Za-z0-9_-]{1,64}([.][A-Za-z0-9_-]{1,64}){0,7}$/;

/** `protocol_version` of the occurrences that this decoder was written for. */
const protocolMajor = "1";

/** One occurrence of the Tapio agent 4.x as an event, or what is wrong with it. */
export function decodeOccurrence(value: JsonValue, context: OccurrenceContext): DecodedOccurrence {
  const judgement = createJudgement();
  const occurrence = openObject(value, "occurrence", judgement);
  if (occurrence === undefined) return refused(judgement);
  const place = { ...occurrence, path: "" };
  const id = readRequiredText(place, "id", "the ULID of the occurrence");
  if (!isRecordId(id)) note(judgement, "id", "must be 1 to 128 of A-Z a-z 0-9 _ -");
  if (judgement.problem !== undefined) return refused(judgement);
  const record = recordOf(place, id, context);
  return judgement.problem === undefined ? { record } : refused(judgement, id);
}

function refused({ problem }: Judgement, id?: string): DecodedOccurrence {
  const { field, reason } = problem ?? { field: "occurrence", reason: "cannot be read" };
  return { problem: { field, reason, ...(id === undefined ? {} : { id }) } };
}

function recordOf(occurrence: ObjectPlace, id: string, known: OccurrenceContext): Record {
  checkProtocol(occurrence);
  const type = readRequiredText(occurrence, "type", "e.g. kernel.container.oom_kill");
  if (!typePattern.test(type)) {
    note(occurrence.judgement, "type", "must be dotted segments of A-Z a-z 0-9 _ -, e.g. kernel.container.oom_kill");
  }
  const context = readObject(occurrence, "context");
  const error = readObject(occurrence, "error");
  const reasoning = readObject(occurrence, "reasoning");
  const entities = context === undefined ? [] : readObjects(context, "entities");
  // Messages are written out here and below: protobuf-es' `create` takes longer than reading the whole occurrence.
  const event: Event = {
    $typeName: "tapio.domain.v1.Event",
    id,
    time: timeOf(occurrence),
    observedTime: timestampFromMs(known.observedAtMs),
    type,
    severity: readNamed(severities, occurrence, "severity") ?? Severity.UNSPECIFIED,
    outcome: readNamed(outcomes, occurrence, "outcome", "unknown") ?? Outcome.UNKNOWN,
    source: sourceOf(occurrence, context, known),
    resources: resourcesOf(context, entities),
    correlationKeys: context === undefined ? [] : readTexts(context, "correlation_keys"),
    message: (error && readText(error, "message")) ?? (reasoning && readText(reasoning, "summary")) ?? "",
    labels: {},
  };
  const trace = context && traceOf(context);
  if (trace !== undefined) event.trace = trace;
  if (error !== undefined) event.error = errorOf(error);
  if (reasoning !== undefined) event.reasoning = reasoningOf(reasoning);
  // Last, as it is the dearest: what is refused for another field is not walked.
  if (occurrence.judgement.problem === undefined) event.data = dataOf({ occurrence, context, entities, error, reasoning });
  return { $typeName: "tapio.domain.v1.Record", kind: { case: "event", value: event } };
}

function checkProtocol(occurrence: ObjectPlace): void {
  const protocol = readText(occurrence, "protocol_version") ?? protocolMajor;
  if (protocol === protocolMajor || protocol.startsWith(`${protocolMajor}.`)) return;
  note(occurrence.judgement, "protocol_version", `is "${protocol.slice(0, 20)}"; this gateway reads 1.x`);
}

function sourceOf(occurrence: ObjectPlace, context: ObjectPlace | undefined, known: OccurrenceContext): Source {
  const kind = readText(occurrence, "source");
  return {
    $typeName: "tapio.domain.v1.Source",
    kind: kind === undefined || kind === "tapio" ? "tapio-agent" : kind,
    instance: "",
    version: "",
    cluster: (context && readName(context, "cluster")) ?? known.cluster,
    node: (context && readName(context, "node")) ?? known.node,
  };
}

interface NamedValues<T> {
  readonly byName: ReadonlyMap<string, T>;
  /** All names, as a hint: `a, b or c`. */
  readonly hint: string;
}

function namedValues<T>(entries: readonly (readonly [string, T])[]): NamedValues<T> {
  const names = entries.map(([name]) => name);
  return { byName: new Map(entries), hint: `${names.slice(0, -1).join(", ")} or ${names.at(-1)}` };
}

function readNamed<T>({ byName, hint }: NamedValues<T>, place: ObjectPlace, field: string, whenAbsent?: string): T | undefined {
  const name = whenAbsent === undefined ? readRequiredText(place, field, hint) : (readText(place, field) ?? whenAbsent);
  const value = byName.get(name);
  if (value === undefined) note(place.judgement, field, `"${name.slice(0, 40)}" is none of ${[...byName.keys()].join(", ")}`);
  return value;
}

function timeOf(occurrence: ObjectPlace): Timestamp {
  const example = "RFC 3339, e.g. 2026-11-01T12:00:00.123456789+00:00";
  const text = readRequiredText(occurrence, "timestamp", example);
  const parsed = parseRfc3339(text);
  if (parsed === undefined) note(occurrence.judgement, "timestamp", `"${text.slice(0, 60)}" is not ${example}`);
  return parsed ?? { $typeName: "google.protobuf.Timestamp", seconds: 0n, nanos: 0 };
}

function resourcesOf(context: ObjectPlace | undefined, entities: readonly ObjectPlace[]): Resource[] {
  const namespace = (context && readName(context, "namespace")) ?? "";
  if (entities.length > 0) return entities.map((entity) => resourceOf(entity, namespace));
  return namespace === "" ? [] : [{ ...emptyResource, kind: "namespace", name: namespace, namespace, attributes: {} }];
}

const emptyResource = { $typeName: "tapio.domain.v1.Resource", kind: "", name: "", namespace: "", uid: "", version: "" } as const;

function resourceOf(entity: ObjectPlace, namespace: string): Resource {
  const kind = (readText(entity, "kind") ?? "").toLowerCase();
  const uid = readText(entity, "id") ?? "";
  const name = readText(entity, "name") ?? "";
  const version = readText(entity, "version") ?? "";
  return { $typeName: "tapio.domain.v1.Resource", kind, name, namespace, uid, version, attributes: {} };
}

function traceOf(context: ObjectPlace): TraceContext | undefined {
  const traceId = hexId(context, "trace_id", 32);
  const spanId = hexId(context, "span_id", 16);
  return traceId === "" ? undefined : { $typeName: "tapio.domain.v1.TraceContext", traceId, spanId, traceState: "", flags: 0 };
}

/** Hexadecimal digits in lower case; empty when absent or all zero, which W3C trace context calls invalid. */
function hexId(context: ObjectPlace, field: string, digits: number): string {
  const text = readText(context, field) ?? "";
  if (text === "" || /^0+$/.test(text)) return "";
  if (text.length === digits && /^[0-9a-fA-F]+$/.test(text)) return text.toLowerCase();
  note(context.judgement, `context.${field}`, `must be ${digits} hexadecimal digits`);
  return "";
}

function errorOf(error: ObjectPlace): ErrorDetail {
  return {
    $typeName: "tapio.domain.v1.ErrorDetail",
    code: readText(error, "code") ?? "",
    message: readText(error, "message") ?? "",
    whatFailed: readText(error, "what_failed") ?? "",
    whyItMatters: readText(error, "why_it_matters") ?? "",
    possibleCauses: readTexts(error, "possible_causes"),
    suggestedFix: readText(error, "suggested_fix") ?? "",
  };
}

function reasoningOf(reasoning: ObjectPlace): Reasoning {
  const confidence = readNumber(reasoning, "confidence") ?? 0;
  if (confidence < 0 || confidence > 1) note(reasoning.judgement, "reasoning.confidence", "must be between 0 and 1");
  return {
    $typeName: "tapio.domain.v1.Reasoning",
    summary: readText(reasoning, "summary") ?? "",
    explanation: readText(reasoning, "explanation") ?? "",
    confidence,
    causalChain: readTexts(reasoning, "causal_chain"),
    patternsMatched: readTexts(reasoning, "patterns_matched"),
  };
}
