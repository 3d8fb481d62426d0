import { countJsonValues } from "@tapio/domain";
import { mayLosePrecision, quoteLossyNumbers } from "./quote-lossy-numbers.ts";

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly code: "MALFORMED_JSON" | "TOO_MANY_VALUES"; readonly reason: string };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Parses JSON bytes of at most `valuesMax` values, which are counted before anything is made of them. An integer that a double cannot hold
 * exactly (beyond 2^53), and a number too large for a double, becomes the string of its digits, as proto3 JSON writes int64.
 */
export function parseLosslessJson(bytes: Uint8Array, valuesMax: number): ParsedJson {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { ok: false, code: "MALFORMED_JSON", reason: "the body is not UTF-8" };
  }
  // A text has at most one value more than characters: a short one need not be counted.
  if (text.length >= valuesMax && countJsonValues(text) > valuesMax) {
    return { ok: false, code: "TOO_MANY_VALUES", reason: `the body has more than ${valuesMax} JSON values` };
  }
  try {
    return { ok: true, value: JSON.parse(mayLosePrecision(bytes) ? quoteLossyNumbers(text) : text) as JsonValue };
  } catch (reason) {
    const why = reason instanceof Error ? reason.message : String(reason);
    return { ok: false, code: "MALFORMED_JSON", reason: `the body is not JSON: ${why}` };
  }
}
