import type { JsonValue } from "@bufbuild/protobuf";
import type { RecordProblem } from "../record-header.ts";

const KEY_CHARACTERS_MAX = 64;

/** The first text in data, keys included, that is no text: one with half of a surrogate pair, which UTF-8 cannot carry. */
export function brokenText(json: JsonValue | undefined, path: string): RecordProblem | undefined {
  if (typeof json === "string") return json.isWellFormed() ? undefined : { field: path, reason: REASON };
  if (typeof json !== "object" || json === null) return undefined;
  for (const [key, value] of Object.entries(json)) {
    if (!key.isWellFormed()) return { field: path, reason: REASON };
    const part = Array.isArray(json) ? key : JSON.stringify(key.slice(0, KEY_CHARACTERS_MAX));
    const problem = brokenText(value, `${path}[${part}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const REASON = "has half of a surrogate pair, which UTF-8 cannot carry; send whole characters";
