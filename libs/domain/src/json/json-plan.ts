import { ScalarType } from "@bufbuild/protobuf";
import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** How a field's value is written. */
export const Form = {
  STRING: 0,
  BOOL: 1,
  UINT32: 2,
  DOUBLE: 3,
  ENUM: 4,
  MESSAGE: 5,
  /** A map of texts. */
  TEXTS: 6,
  TIMESTAMP: 7,
  STRUCT: 8,
} as const;

export interface JsonFieldPlan {
  readonly form: number;
  /** The tag's wire type. */
  readonly wireType: number;
  readonly list: boolean;
  /** `"name":` */
  readonly key: Uint8Array;
  /** Of an enum's values, by number: the quoted names. */
  readonly names: readonly (Uint8Array | undefined)[];
  readonly message: JsonPlan | undefined;
}

/** By field number; `undefined` where there is no such field. */
export type JsonPlan = (JsonFieldPlan | undefined)[];

const scalarForms: { readonly [scalar in ScalarType]?: { readonly form: number; readonly wireType: number } } = {
  [ScalarType.STRING]: { form: Form.STRING, wireType: 2 },
  [ScalarType.BOOL]: { form: Form.BOOL, wireType: 0 },
  [ScalarType.UINT32]: { form: Form.UINT32, wireType: 0 },
  [ScalarType.DOUBLE]: { form: Form.DOUBLE, wireType: 1 },
};
const wellKnownForms: Readonly<Record<string, number>> = {
  "google.protobuf.Timestamp": Form.TIMESTAMP,
  "google.protobuf.Struct": Form.STRUCT,
};

/** Plans how a message and all that it holds are written. @throws Error for a type of field that the writer does not know */
export function jsonPlan(desc: DescMessage, made = new Map<string, JsonPlan>()): JsonPlan {
  const known = made.get(desc.typeName);
  if (known !== undefined) return known;
  const plan: JsonPlan = [];
  made.set(desc.typeName, plan); // before its fields: types may hold themselves
  for (const field of desc.fields) plan[field.number] = fieldPlan(field, made);
  // No holes below the highest number: reading a hole is slow.
  for (let number = 0; number < plan.length; number++) plan[number] ??= undefined;
  return plan;
}

function fieldPlan(field: DescField, made: Map<string, JsonPlan>): JsonFieldPlan {
  const key = piece(`${JSON.stringify(field.jsonName)}:`);
  const bare = { wireType: 2, list: field.fieldKind === "list", key, names: [], message: undefined };
  if (field.enum !== undefined && field.fieldKind !== "map" && !bare.list) {
    const names: (Uint8Array | undefined)[] = [];
    for (const value of field.enum.values) names[value.number] = piece(JSON.stringify(value.jsonName));
    return { ...bare, form: Form.ENUM, wireType: 0, names };
  }
  if (field.message !== undefined && field.fieldKind !== "map") {
    const form = wellKnownForms[field.message.typeName];
    if (form !== undefined) return { ...bare, form };
    if (!field.message.typeName.startsWith("google.")) return { ...bare, form: Form.MESSAGE, message: jsonPlan(field.message, made) };
  }
  const scalar = field.scalar === undefined ? undefined : scalarForms[field.scalar];
  const isTextMap = field.fieldKind === "map" && field.mapKey === ScalarType.STRING && field.scalar === ScalarType.STRING;
  if (isTextMap) return { ...bare, form: Form.TEXTS };
  // Numbers in lists are packed, which the contract has none of.
  if (scalar === undefined || field.fieldKind === "map" || (bare.list && scalar.wireType !== 2)) {
    throw new Error(`${field.toString()}: the JSON writer of records does not know this type of field; teach it`);
  }
  return { ...bare, ...scalar };
}

function piece(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
