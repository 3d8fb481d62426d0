import { create, createFileRegistry, getOption, hasOption, setExtension } from "@bufbuild/protobuf";
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  MessageOptionsSchema,
  OneofOptionsSchema,
  file_google_protobuf_descriptor,
} from "@bufbuild/protobuf/wkt";
import {
  FieldRulesSchema,
  MessageRulesSchema,
  OneofRulesSchema,
  field as fieldRules,
  file_buf_validate_validate,
  message as messageRules,
  oneof as oneofRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { describe, expect, it } from "vitest";
import { messageTable } from "./message-table.ts";

type Field = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type Rules = MessageInitShape<typeof FieldRulesSchema>;

/** A message `test.M` with these fields, as if it were in a `.proto`. */
function message(
  fields: readonly { readonly field: Field; readonly rules?: Rules }[],
  more: { cel?: boolean; oneofRequired?: boolean } = {},
): DescMessage {
  const options = create(MessageOptionsSchema);
  if (more.cel === true) setExtension(options, messageRules, create(MessageRulesSchema, { cel: [{ id: "x", expression: "true" }] }));
  const oneof = create(OneofOptionsSchema);
  if (more.oneofRequired !== undefined) setExtension(oneof, oneofRules, create(OneofRulesSchema, { required: more.oneofRequired }));
  const file = create(FileDescriptorProtoSchema, {
    name: "test.proto",
    package: "test",
    syntax: "proto3",
    dependency: ["buf/validate/validate.proto"],
    messageType: [
      {
        name: "M",
        options,
        field: fields.map(({ field, rules }, at) => {
          const fieldOptions = create(FieldOptionsSchema);
          if (rules !== undefined) setExtension(fieldOptions, fieldRules, create(FieldRulesSchema, rules));
          return create(FieldDescriptorProtoSchema, {
            name: `f${at + 1}`,
            number: at + 1,
            label: Label.OPTIONAL,
            options: fieldOptions,
            ...field,
          });
        }),
        oneofDecl: fields.some(({ field }) => field.oneofIndex === 0) ? [{ name: "choice", options: oneof }] : [],
      },
    ],
    enumType: [
      {
        name: "E",
        value: [
          { name: "E_ZERO", number: 0 },
          { name: "E_ONE", number: 1 },
        ],
      },
    ],
  });
  const known = [file_buf_validate_validate, file_google_protobuf_descriptor].flatMap((desc) => [desc, ...desc.dependencies]);
  const registry = createFileRegistry(file, (name) => known.find((desc) => desc.proto.name === name));
  return registry.getMessage("test.M")!;
}

const text: Field = { type: Type.STRING };
const texts: Field = { ...text, label: Label.REPEATED };
const enumeration: Field = { type: Type.ENUM, typeName: ".test.E" };

function ruleNames(rules: ReturnType<typeof reflect>, prefix = ""): string[] {
  return rules.fields
    .filter((field) => rules.isSet(field))
    .flatMap((field) => {
      const value: unknown = rules.get(field);
      return field.fieldKind === "message"
        ? ruleNames(value as ReturnType<typeof reflect>, `${prefix}${field.name}.`)
        : [`${prefix}${field.name}`];
    });
}

describe("the rules of the domain's messages", () => {
  it("are all of kinds that the scan checks", () => {
    const names = new Set<string>();
    const seen = new Set<DescMessage>();
    const look = (desc: DescMessage): void => {
      if (seen.has(desc)) return;
      seen.add(desc);
      expect(hasOption(desc, messageRules), desc.typeName).toBe(false);
      for (const oneof of desc.oneofs)
        if (hasOption(oneof, oneofRules))
          for (const name of ruleNames(reflect(OneofRulesSchema, getOption(oneof, oneofRules)))) names.add(`oneof ${name}`);
      for (const field of desc.fields) {
        for (const name of ruleNames(reflect(FieldRulesSchema, getOption(field, fieldRules)))) names.add(name);
        if (field.message !== undefined) look(field.message);
      }
    };
    look(RecordSchema);
    // A new name here is a rule that the scan has to learn, and the differential test to reach.
    expect([...names].sort()).toEqual([
      "double.gte",
      "double.lte",
      "enum.defined_only",
      "enum.not_in",
      "oneof required",
      "repeated.min_items",
      "required",
      "string.pattern",
      "uint32.lte",
    ]);
  });
});

describe("a contract that the scan could not keep stops it from being made", () => {
  it.each<[string, DescMessage, RegExp]>([
    [
      "an unknown rule of a field",
      message([{ field: text, rules: { type: { case: "string", value: { maxLen: 3n } } } }]),
      /test\.M\.f1: .*"string\.maxLen"/,
    ],
    [
      "a list that needs two",
      message([{ field: texts, rules: { type: { case: "repeated", value: { minItems: 2n } } } }]),
      /"repeated\.minItems"/,
    ],
    [
      "a rule of a list's items",
      message([
        { field: texts, rules: { type: { case: "repeated", value: { items: { type: { case: "string", value: { pattern: "a" } } } } } } },
      ]),
      /"repeated\.items/,
    ],
    ["a rule in CEL", message([{ field: text, rules: { cel: [{ id: "x", expression: "true" }] } }]), /"cel"/],
    ["a message's rule", message([{ field: text }], { cel: true }), /test\.M: .*"cel"/],
    ["a required scalar", message([{ field: text, rules: { required: true } }]), /"required" of a scalar/],
    [
      "bounds of a kind of number that no record has",
      message([{ field: { type: Type.SINT32 }, rules: { type: { case: "int32", value: { greaterThan: { case: "gte", value: 1 } } } } }]),
      /bounds of this type/,
    ],
    ["a packed list", message([{ field: { type: Type.INT32, label: Label.REPEATED } }]), /packed/],
    ["a list of enum values", message([{ field: { ...enumeration, label: Label.REPEATED } }]), /packed/],
    ["more than 31 fields", message(Array.from({ length: 32 }, () => ({ field: text }))), /up to 31 fields/],
  ])("%s", (_, desc, problem) => {
    expect(() => messageTable(desc)).toThrow(problem);
  });
});

describe("a field that is absent", () => {
  const pattern: Rules = { type: { case: "string", value: { pattern: "^a$" } } };
  it("and reads as a value that its rules refuse is required", () => {
    expect(messageTable(message([{ field: text, rules: pattern }])).requirements).toMatchObject([
      { name: "f1", remedy: "it must be a text that matches ^a$" },
    ]);
  });

  it("and is known to be absent is not", () => {
    expect(messageTable(message([{ field: { ...text, proto3Optional: true, oneofIndex: 0 }, rules: pattern }])).requirements).toEqual([]);
  });

  it("is required as a choice alone when the oneof says so", () => {
    const choice = { field: { ...text, oneofIndex: 0 } };
    expect(messageTable(message([choice, choice], { oneofRequired: true })).requirements).toMatchObject([
      { name: "choice", remedy: "set one of f1, f2" },
    ]);
    expect(messageTable(message([choice, choice], { oneofRequired: false })).requirements).toEqual([]);
  });
});
