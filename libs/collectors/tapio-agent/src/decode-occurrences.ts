import { parseLosslessJson, type JsonValue } from "./lossless-json.ts";
import { decodeOccurrence, type DecodedOccurrence, type OccurrenceContext } from "./occurrence.ts";

/** What a body may be at most; both are looked at before anything is decoded. */
export interface OccurrencesLimits {
  readonly occurrencesMax: number;
  /** JSON values in the whole body: objects, lists, texts, numbers. */
  readonly valuesMax: number;
}

export type DecodedOccurrences =
  | {
      readonly ok: true;
      /** In the body's order. Each is decoded when it is asked for, so that a body's events need not all be in memory at once. */
      readonly occurrences: Iterable<DecodedOccurrence>;
    }
  | {
      readonly ok: false;
      readonly code: "MALFORMED_JSON" | "INVALID_FIELD" | "TOO_MANY_VALUES" | "TOO_MANY_OCCURRENCES";
      readonly reason: string;
    };

/**
 * Decodes the body of the Tapio agent's http sink: an array of occurrences, or, for people with curl, one alone. Each occurrence is judged
 * alone; only a body that is not JSON, or neither an array nor an object, or beyond the limits, is refused as a whole.
 */
export function decodeOccurrences(body: Uint8Array, context: OccurrenceContext, limits: OccurrencesLimits): DecodedOccurrences {
  const parsed = parseLosslessJson(body, limits.valuesMax);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  if (typeof value !== "object" || value === null) {
    return { ok: false, code: "INVALID_FIELD", reason: "the body must be an array of occurrences, or one occurrence" };
  }
  const list = Array.isArray(value) ? value : [value];
  if (list.length > limits.occurrencesMax) {
    const reason = `${list.length} occurrences in one request; the limit is ${limits.occurrencesMax}`;
    return { ok: false, code: "TOO_MANY_OCCURRENCES", reason };
  }
  return { ok: true, occurrences: { [Symbol.iterator]: () => decodeEach(list, context) } };
}

function* decodeEach(list: readonly JsonValue[], context: OccurrenceContext): Generator<DecodedOccurrence> {
  for (const entry of list) yield decodeOccurrence(entry, context);
}
