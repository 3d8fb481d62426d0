import type { JsonObject } from "@bufbuild/protobuf";
import { nestingMax, readFreeForm, readRest, type ObjectPlace } from "./object-reader.ts";

/** The parts of an occurrence whose fields have fields of their own in the event. */
export interface OccurrenceParts {
  readonly occurrence: ObjectPlace;
  readonly context: ObjectPlace | undefined;
  readonly entities: readonly ObjectPlace[];
  readonly error: ObjectPlace | undefined;
  readonly reasoning: ObjectPlace | undefined;
}

const EXTRA = "tapio.extra";

const knownFields = {
  occurrence: new Set([
    "id", "timestamp", "source", "type", "severity", "outcome", "protocol_version", "error", "context", "reasoning", "data",
  ]), // prettier-ignore
  context: new Set(["cluster", "node", "namespace", "entities", "trace_id", "span_id", "correlation_keys"]),
  entity: new Set(["kind", "id", "name", "version"]),
  error: new Set(["code", "message", "what_failed", "why_it_matters", "possible_causes", "suggested_fix"]),
  reasoning: new Set(["summary", "explanation", "confidence", "causal_chain", "patterns_matched"]),
};

/** What stands deeper in the extra than in the occurrence may be less deep itself. */
const inPartLevelsMax = nestingMax - 1;
const inEntityLevelsMax = nestingMax - 3;

/**
 * The event's `data`: the occurrence's own, and under `tapio.extra` what has no field in the event, each at the path that it has in the
 * occurrence. Entities are in their order there, so that the n-th belongs to the n-th resource.
 */
export function dataOf(parts: OccurrenceParts): JsonObject {
  const data = readFreeForm(parts.occurrence, "data");
  const context = contextExtra(parts);
  const error = parts.error && readRest(parts.error, knownFields.error, inPartLevelsMax);
  const reasoning = parts.reasoning && readRest(parts.reasoning, knownFields.reasoning, inPartLevelsMax);
  const ownExtra = Object.hasOwn(data, EXTRA) ? { [EXTRA]: data[EXTRA] ?? null } : undefined;
  const rest = readRest(parts.occurrence, knownFields.occurrence, nestingMax);
  if (!(rest ?? context ?? error ?? reasoning ?? ownExtra)) return data;
  // `rest` is an object of its own, and none of these names is in it.
  const extra = rest ?? {};
  if (context !== undefined) extra["context"] = context;
  if (error !== undefined) extra["error"] = error;
  if (reasoning !== undefined) extra["reasoning"] = reasoning;
  if (ownExtra !== undefined) extra["data"] = ownExtra;
  return { ...data, [EXTRA]: extra };
}

function contextExtra({ context, entities }: OccurrenceParts): JsonObject | undefined {
  if (context === undefined) return undefined;
  const rest = readRest(context, knownFields.context, inPartLevelsMax);
  const ofEntities = entities.map((entity) => readRest(entity, knownFields.entity, inEntityLevelsMax));
  if (ofEntities.every((extra) => extra === undefined)) return rest;
  return { ...rest, entities: ofEntities.map((extra) => extra ?? {}) };
}
