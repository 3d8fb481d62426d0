export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

export type ParsedJson = { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly reason: string };

/**
 * Parses JSON bytes. An integer that a double cannot hold exactly (beyond 2^53), and a number too large for a double, becomes the
 * string of its digits, as proto3 JSON writes int64.
 */
export function parseLosslessJson(bytes: Uint8Array): ParsedJson {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, reason: "the body is not UTF-8" };
  }
  try {
    return { ok: true, value: mayLosePrecision(text) ? parseKeepingDigits(text) : (JSON.parse(text) as JsonValue) };
  } catch (reason) {
    return { ok: false, reason: `the body is not JSON: ${reason instanceof Error ? reason.message : String(reason)}` };
  }
}

/** Only then is the slower way worth its price: sixteen digits in a row, or a three-digit exponent. */
function mayLosePrecision(text: string): boolean {
  return /\d{16}|[eE]\+?\d{3}/.test(text);
}

/** JSON.parse with source text access (https://tc39.es/proposal-json-parse-with-source/), which TypeScript's library does not know yet. */
type ReviverWithSource = (key: string, value: JsonValue, context?: { readonly source?: string }) => JsonValue;

function parseKeepingDigits(text: string): JsonValue {
  const keepDigits: ReviverWithSource = (_key, value, context) => {
    if (typeof value !== "number" || context?.source === undefined) return value;
    const isExact = Number.isFinite(value) && (Number.isSafeInteger(value) || !/^-?\d+$/.test(context.source));
    return isExact ? value : context.source;
  };
  return JSON.parse(text, keepDigits) as JsonValue;
}
