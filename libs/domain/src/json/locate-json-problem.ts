import { fromJson, type DescField, type DescMessage, type JsonValue } from "@bufbuild/protobuf";
import type { RecordProblem } from "../record-header.ts";
import { fieldOf, isObject } from "./long-enum-names.ts";

/**
 * Finds the field on account of which JSON could not be decoded, since the decoder's own error names only the innermost message. Decodes field by field: for
 * the way of failure alone.
 */
export function locateJsonProblem(schema: DescMessage, json: JsonValue, levelsLeft: number): RecordProblem | undefined {
  return inMessage(schema, json, "", levelsLeft);
}

function inMessage(schema: DescMessage, json: JsonValue, path: string, levelsLeft: number): RecordProblem | undefined {
  if (!isObject(json)) return { field: path, reason: "must be an object" };
  const seen = new Map<string, string>();
  for (const [key, value] of Object.entries(json)) {
    const field = fieldOf(schema, key);
    const at = path === "" ? (field?.name ?? key.slice(0, 100)) : `${path}.${field?.name ?? key.slice(0, 100)}`;
    if (field === undefined) return { field: at, reason: `is not a field; ${path === "" ? "a record" : "it"} has ${fieldNames(schema)}` };
    const member = field.oneof?.name ?? field.name;
    const earlier = seen.get(member);
    if (earlier !== undefined) return { field: at, reason: `stands beside ${earlier}: only one of them can be set` };
    seen.set(member, key);
    const problem = inField(schema, field, key, value, at, levelsLeft);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function inField(
  schema: DescMessage,
  field: DescField,
  key: string,
  value: JsonValue,
  at: string,
  levelsLeft: number,
): RecordProblem | undefined {
  if (field.message !== undefined && !field.message.typeName.startsWith("google.protobuf.") && value !== null && levelsLeft > 0) {
    if (field.fieldKind === "message") return inMessage(field.message, value, at, levelsLeft - 1);
    if (field.fieldKind === "list" && Array.isArray(value)) {
      const inner = field.message;
      return firstProblem(value, (item, index) => inMessage(inner, item, `${at}[${index}]`, levelsLeft - 1));
    }
  }
  return decodes(schema, key, value, levelsLeft) ? undefined : { field: at, reason: expectation(field) };
}

function firstProblem(
  list: readonly JsonValue[],
  look: (item: JsonValue, index: number) => RecordProblem | undefined,
): RecordProblem | undefined {
  for (const [index, item] of list.entries()) {
    const problem = look(item, index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function decodes(schema: DescMessage, key: string, value: JsonValue, levelsLeft: number): boolean {
  try {
    fromJson(schema, { [key]: value }, { ignoreUnknownFields: false, recursionLimit: Math.max(1, levelsLeft) });
    return true;
  } catch {
    return false;
  }
}

function expectation(field: DescField): string {
  if (field.fieldKind === "map") return "must be an object whose values are texts";
  const one = expectedOne(field);
  return field.fieldKind === "list" ? `must be a list, each item ${one}` : `must be ${one}`;
}

function expectedOne(field: DescField): string {
  if (field.enum !== undefined)
    return `one of ${field.enum.values
      .filter(({ number }) => number !== 0)
      .map(({ name }) => name)
      .join(", ")}`;
  switch (field.message?.typeName) {
    case undefined:
      return scalarNames.get(field.scalar) ?? "a number";
    case "google.protobuf.Timestamp":
      return "a time in RFC 3339, e.g. 2026-11-01T12:00:00.123456789Z";
    case "google.protobuf.Struct":
      return "an object, nested at most 48 levels deep";
    default:
      return "an object";
  }
}

const scalarNames: ReadonlyMap<DescField["scalar"], string> = new Map([
  [9, "a text"],
  [8, "true or false"],
  [12, "base64"],
]);

function fieldNames(schema: DescMessage): string {
  return schema.fields.map(({ name }) => name).join(", ");
}
