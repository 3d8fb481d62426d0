import type { Record } from "@tapio/contracts/domain/v1/record";
import { parseLosslessJson } from "./lossless-json.ts";
import { FieldProblem } from "./object-reader.ts";
import { recordOfOccurrence, type OccurrenceContext } from "./occurrence.ts";

/** One occurrence as a record, or what is wrong with it. */
export type DecodedOccurrence =
  { readonly record: Record } | { readonly problem: { readonly id?: string; readonly field: string; readonly reason: string } };

export type DecodedOccurrences =
  | { readonly ok: true; readonly occurrences: readonly DecodedOccurrence[] }
  | { readonly ok: false; readonly code: "MALFORMED_JSON" | "INVALID_FIELD"; readonly reason: string };

/**
 * Decodes the body of the Tapio agent's http sink: an array of occurrences, or, for people with curl, one alone. Each occurrence is judged
 * alone; only a body that is not JSON, or neither an array nor an object, is refused as a whole.
 */
export function decodeOccurrences(body: Uint8Array, context: OccurrenceContext): DecodedOccurrences {
  const parsed = parseLosslessJson(body);
  if (!parsed.ok) return { ok: false, code: "MALFORMED_JSON", reason: parsed.reason };
  const { value } = parsed;
  if (typeof value !== "object" || value === null) {
    return { ok: false, code: "INVALID_FIELD", reason: "the body must be an array of occurrences, or one occurrence" };
  }
  const list = Array.isArray(value) ? value : [value];
  return {
    ok: true,
    occurrences: list.map((entry) => {
      try {
        return { record: recordOfOccurrence(entry, context) };
      } catch (reason) {
        if (!(reason instanceof FieldProblem)) throw reason;
        const { id, field } = reason;
        return { problem: { field: field === "" ? "occurrence" : field, reason: reason.message, ...(id === undefined ? {} : { id }) } };
      }
    }),
  };
}
