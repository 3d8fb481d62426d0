import { getExtension, hasExtension, toJson } from "@bufbuild/protobuf";
import type { DescExtension, DescField, DescFile, DescMessage, DescOneof, JsonValue, Message } from "@bufbuild/protobuf";

/** The `buf.validate` rules of one field, as far as the scanner knows them. */
export interface FieldRules {
  /** `required`, or `min_items: 1` of a repeated field. */
  readonly required: boolean;
  readonly pattern?: string;
  readonly definedOnly: boolean;
  readonly notIn: readonly number[];
  readonly min?: number;
  readonly max?: number;
}

const free: FieldRules = { required: false, definedOnly: false, notIn: [] };

/** Reads a field's rules from its options. @throws Error on a rule that the scanner does not know. */
export function fieldRules(field: DescField): FieldRules {
  const options = optionJson(field.parent.file, field.proto.options, "buf.validate.field");
  if (options === undefined) return free;
  const rules: { -readonly [key in keyof FieldRules]: FieldRules[key] } = { ...free };
  for (const [name, value] of flatten(options)) {
    if (name === "required") rules.required = value === true;
    else if (name === "repeated.minItems" && Number(value) === 1) rules.required = true;
    else if (name === "string.pattern") rules.pattern = String(value);
    else if (name === "enum.definedOnly") rules.definedOnly = value === true;
    else if (name === "enum.notIn" && Array.isArray(value)) rules.notIn = value.map(Number);
    else if (/^(double|uint32|int32)\.gte$/.test(name)) rules.min = Number(value);
    else if (/^(double|uint32|int32)\.lte$/.test(name)) rules.max = Number(value);
    else throw unknownRule(`${field.parent.typeName}.${field.name}`, name);
  }
  return rules;
}

/** Whether a oneof must be set. @throws Error on a rule that the scanner does not know. */
export function oneofRequired(oneof: DescOneof): boolean {
  const options = optionJson(oneof.parent.file, oneof.proto.options, "buf.validate.oneof");
  let required = false;
  for (const [name, value] of flatten(options ?? {})) {
    if (name !== "required") throw unknownRule(`${oneof.parent.typeName}.${oneof.name}`, name);
    required = value === true;
  }
  return required;
}

/** @throws Error when the message has rules of its own (CEL expressions), which the scanner cannot check. */
export function refuseMessageRules(message: DescMessage): void {
  const options = optionJson(message.file, message.proto.options, "buf.validate.message");
  for (const [name] of flatten(options ?? {})) throw unknownRule(message.typeName, name);
}

function unknownRule(where: string, rule: string): Error {
  return new Error(`${where}: the record scan does not know the buf.validate rule "${rule}"; teach it in libs/domain/src/scan`);
}

/** `{string: {pattern: "x"}}` -> `["string.pattern", "x"]`. */
function* flatten(value: JsonValue, prefix = ""): Generator<[string, JsonValue]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    yield [prefix, value];
    return;
  }
  for (const [name, inner] of Object.entries(value)) yield* flatten(inner, prefix === "" ? name : `${prefix}.${name}`);
}

/** The option's value as JSON. Its descriptor comes from the file's own imports, so that nothing but the contracts is needed. */
function optionJson(file: DescFile, options: Message | undefined, extensionName: string): JsonValue | undefined {
  if (options === undefined) return undefined;
  const extension = file.dependencies.flatMap((imported) => imported.extensions).find((e) => e.typeName === extensionName);
  if (extension?.message === undefined || !hasExtension(options, extension)) return undefined;
  return toJson(extension.message, messageValue(options, extension));
}

function messageValue(options: Message, extension: DescExtension): Message {
  return getExtension(options, extension) as Message; // the extension's type is a message
}
