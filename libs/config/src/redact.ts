import { toJson, type DescField, type DescMessage, type JsonObject, type JsonValue, type Message } from "@bufbuild/protobuf";

const hidden = "***";

/** A message as JSON with proto field names, every `debug_redact` field that is set shown as `***`. Safe for logs and answers. */
export function redactedJson(schema: DescMessage, message: Message): JsonObject {
  return redact(schema, toJson(schema, message, { useProtoFieldName: true }) as JsonObject);
}

function redact(schema: DescMessage, json: JsonObject): JsonObject {
  const shown: JsonObject = {};
  for (const [name, value] of Object.entries(json)) {
    const field = schema.fields.find((candidate) => candidate.name === name);
    shown[name] = field === undefined ? value : redactField(field, value);
  }
  return shown;
}

function redactField(field: DescField, value: JsonValue): JsonValue {
  if (field.proto.options?.debugRedact === true) return hideAll(value);
  const schema = field.message;
  if (schema === undefined || schema.typeName.startsWith("google.protobuf.")) return value;
  if (field.fieldKind === "list" && Array.isArray(value)) return value.map((item) => redact(schema, item as JsonObject));
  if (field.fieldKind === "message") return redact(schema, value as JsonObject);
  return value;
}

/** Keeps the shape, so that one sees how many there are and under which names. */
function hideAll(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(() => hidden);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.keys(value).map((key) => [key, hidden]));
  return hidden;
}
