import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { LIMITS } from "../core/limits.ts";
import { has, putArray, putBool, putNumber, putString } from "./attribute-set.ts";
import type { AttributeSet } from "./attribute-set.ts";

const PREFIX = "tapio.data";

/** Flattens `data`: each leaf becomes one attribute, named by its path, e.g. `tapio.data.memory.limit_bytes`. */
export function putData(set: AttributeSet, data: JsonObject | undefined): void {
  if (data !== undefined) putObject(set, PREFIX, data, 1);
}

function putObject(set: AttributeSet, path: string, object: JsonObject, depth: number): void {
  for (const name in object) {
    const value = object[name];
    const key = `${path}.${name}`;
    if (value === undefined || value === null) continue;
    if (typeof value === "object" && !Array.isArray(value)) {
      if (depth < LIMITS.dataDepthMax) putObject(set, key, value, depth + 1);
      else set.droppedCount++;
      continue;
    }
    // Only a name that holds a dot, or lies beside one, can meet another path's key; OTLP wants keys to be unique.
    if ((depth > 1 || name.includes(".")) && has(set, key)) set.droppedCount++;
    else putLeaf(set, key, value);
  }
}

function putLeaf(set: AttributeSet, key: string, value: Exclude<JsonValue, JsonObject | null>): void {
  if (typeof value === "string") putString(set, key, value);
  else if (typeof value === "number") putNumber(set, key, value);
  else if (typeof value === "boolean") putBool(set, key, value);
  else putMixedArray(set, key, value);
}

/** Attribute arrays hold one type; whatever else an array holds is kept as JSON text. */
function putMixedArray(set: AttributeSet, key: string, values: readonly JsonValue[]): void {
  if (values.every((value) => typeof value === "string")) putArray(set, key, values);
  else if (values.every((value) => typeof value === "number")) putArray(set, key, values);
  else if (values.every((value) => typeof value === "boolean")) putArray(set, key, values);
  else putString(set, key, JSON.stringify(values));
}
