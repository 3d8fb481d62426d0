import { ScalarType } from "@bufbuild/protobuf";
import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** What a field holds. */
export const Form = {
  TEXT: 0,
  UINT32: 1,
  ENUM: 2,
  DOUBLE: 3,
  MESSAGE: 4,
  TIMESTAMP: 5,
  STRUCT: 6,
  TEXT_LIST: 7,
  MESSAGE_LIST: 8,
  TEXT_MAP: 9,
} as const;

export interface EncodeFieldPlan {
  /** The property of the message. */
  readonly name: string;
  readonly form: number;
  readonly tag: number;
  /** Of what holds messages with fields of their own. */
  readonly message: EncodePlan | undefined;
}

export interface EncodePlan {
  readonly typeName: string;
  /** By their numbers, rising. */
  readonly fields: EncodeFieldPlan[];
}

const LENGTH_DELIMITED = 2;
const scalarForms: { readonly [scalar in ScalarType]?: { readonly form: number; readonly wireType: number } } = {
  [ScalarType.STRING]: { form: Form.TEXT, wireType: LENGTH_DELIMITED },
  [ScalarType.UINT32]: { form: Form.UINT32, wireType: 0 },
  [ScalarType.DOUBLE]: { form: Form.DOUBLE, wireType: 1 },
};
const wellKnownForms: Readonly<Record<string, number>> = {
  "google.protobuf.Timestamp": Form.TIMESTAMP,
  "google.protobuf.Struct": Form.STRUCT,
};

/** Plans how a message and all that it holds are encoded. @throws Error for a type of field that the encoder does not know */
export function encodePlan(desc: DescMessage, made = new Map<string, EncodePlan>()): EncodePlan {
  const known = made.get(desc.typeName);
  if (known !== undefined) return known;
  const plan: EncodePlan = { typeName: desc.typeName, fields: [] };
  made.set(desc.typeName, plan); // before its fields: types may hold themselves
  for (const field of desc.fields.toSorted((a, b) => a.number - b.number)) plan.fields.push(fieldPlan(field, made));
  return plan;
}

function fieldPlan(field: DescField, made: Map<string, EncodePlan>): EncodeFieldPlan {
  const { form, wireType = LENGTH_DELIMITED, message } = field.oneof === undefined ? holding(field, made) : {};
  if (form === undefined) throw new Error(`${field.toString()}: the encoder of records does not know this type of field; teach it`);
  return { name: field.localName, form, tag: (field.number << 3) | wireType, message };
}

interface Holding {
  readonly form?: number | undefined;
  readonly wireType?: number | undefined;
  readonly message?: EncodePlan;
}

function holding(field: DescField, made: Map<string, EncodePlan>): Holding {
  switch (field.fieldKind) {
    case "scalar":
      return scalarForms[field.scalar] ?? {};
    case "enum":
      return { form: Form.ENUM, wireType: 0 };
    case "map":
      return field.mapKey === ScalarType.STRING && field.scalar === ScalarType.STRING ? { form: Form.TEXT_MAP } : {};
    case "message":
      if (field.message.typeName.startsWith("google.")) return { form: wellKnownForms[field.message.typeName] };
      return { form: Form.MESSAGE, message: encodePlan(field.message, made) };
    case "list":
      if (field.listKind === "scalar") return field.scalar === ScalarType.STRING ? { form: Form.TEXT_LIST } : {};
      if (field.listKind === "enum" || field.message.typeName.startsWith("google.")) return {};
      return { form: Form.MESSAGE_LIST, message: encodePlan(field.message, made) };
  }
}
