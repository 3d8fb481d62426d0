import { ScalarType } from "@bufbuild/protobuf";
import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** What is known of a value in an expression before it runs. */
export type Shape =
  | { readonly kind: "message"; readonly desc: DescMessage }
  | { readonly kind: "list"; readonly element: Shape }
  | { readonly kind: "map"; readonly value: Shape }
  | { readonly kind: "scalar"; readonly type: ScalarName }
  /** Anything: data of a Struct, results of functions. */
  | { readonly kind: "unknown" };

/** All numbers compare with each other, and enum values are numbers. */
export type ScalarName = "number" | "string" | "bool" | "bytes" | "timestamp" | "duration";

export const unknown: Shape = { kind: "unknown" };

export function scalarShape(type: ScalarName): Shape {
  return { kind: "scalar", type };
}

export function messageShape(desc: DescMessage): Shape {
  switch (desc.typeName) {
    case "google.protobuf.Struct":
    case "google.protobuf.Value":
    case "google.protobuf.ListValue":
      return unknown;
    // CEL has these as values of their own, without fields.
    case "google.protobuf.Timestamp":
      return scalarShape("timestamp");
    case "google.protobuf.Duration":
      return scalarShape("duration");
    default:
      return { kind: "message", desc };
  }
}

function fieldShape(field: DescField): Shape {
  const inner = field.message === undefined ? scalarShape(scalarName(field.scalar)) : messageShape(field.message);
  if (field.fieldKind === "list") return { kind: "list", element: inner };
  return field.fieldKind === "map" ? { kind: "map", value: inner } : inner;
}

/** `undefined` is the type of enums. */
function scalarName(type: ScalarType | undefined): ScalarName {
  if (type === ScalarType.STRING) return "string";
  if (type === ScalarType.BOOL) return "bool";
  return type === ScalarType.BYTES ? "bytes" : "number";
}

/** The shape of `operand.name`. @throws Error when there is no such field. */
export function selectShape(operand: Shape, name: string): Shape {
  switch (operand.kind) {
    case "message": {
      const field = operand.desc.fields.find((candidate) => candidate.name === name);
      if (field !== undefined) return fieldShape(field);
      const known = operand.desc.fields.map((candidate) => candidate.name).join(", ");
      throw new Error(`${operand.desc.typeName} has no field "${name}"; it has ${known}`);
    }
    case "map":
      return operand.value;
    case "list":
    case "scalar":
      throw new Error(`"${name}" is taken from a ${operand.kind === "list" ? "list" : "plain value"}, which has no fields`);
    case "unknown":
      return unknown;
  }
}

/** The shape of `operand[index]`, and of what a comprehension's variable stands for. */
export function elementShape(operand: Shape): Shape {
  if (operand.kind === "list") return operand.element;
  return operand.kind === "map" ? operand.value : unknown;
}
