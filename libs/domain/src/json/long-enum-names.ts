import type { DescEnum, DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";

/**
 * The same JSON with short enum names written out (`WARNING` -> `SEVERITY_WARNING`), as proto3 JSON wants them. Values that need no change are
 * shared with what came in; what is no JSON of this message is left as it is, for the decoder to refuse.
 */
export function longEnumNames(schema: DescMessage, json: JsonValue, levelsLeft: number): JsonValue {
  if (levelsLeft === 0 || !isObject(json) || schema.typeName.startsWith("google.protobuf.")) return json;
  let changed: JsonObject | undefined;
  for (const [key, value] of Object.entries(json)) {
    const field = fieldOf(schema, key);
    const replaced = field === undefined ? value : fieldValue(field, value, levelsLeft - 1);
    if (replaced === value) continue;
    changed ??= { ...json };
    changed[key] = replaced;
  }
  return changed ?? json;
}

/** A field by its JSON name or by its name in the `.proto`. */
export function fieldOf(schema: DescMessage, key: string): DescField | undefined {
  return schema.fields.find((field) => field.jsonName === key || field.name === key);
}

export function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function fieldValue(field: DescField, value: JsonValue, levelsLeft: number): JsonValue {
  const one = (item: JsonValue): JsonValue => {
    if (field.enum !== undefined) return enumName(field.enum, item);
    return field.message === undefined ? item : longEnumNames(field.message, item, levelsLeft);
  };
  if (field.fieldKind === "list") return Array.isArray(value) ? mapList(value, one) : value;
  return field.fieldKind === "map" ? value : one(value);
}

function mapList(list: JsonValue[], one: (item: JsonValue) => JsonValue): JsonValue[] {
  const mapped = list.map(one);
  return mapped.some((item, index) => item !== list[index]) ? mapped : list;
}

function enumName(desc: DescEnum, value: JsonValue): JsonValue {
  if (typeof value !== "string" || desc.values.some(({ name }) => name === value)) return value;
  const long = `${(desc.sharedPrefix ?? "").toUpperCase()}${value.toUpperCase()}`;
  return desc.values.some(({ name }) => name === long) ? long : value;
}
