import { isDottedType, isId } from "./byte-pattern.ts";
import { Capture, Check } from "./message-table.ts";
import type { FieldTable, MessageTable } from "./message-table.ts";

/** What the plain check does with a field's value. */
export const Kind = {
  /** Nothing: the field is unknown, or is none that the plain check knows, and the walk is to judge it. It has no op. */
  OTHER: 0,
  TEXT: 1,
  MESSAGE: 2,
  /** Entries of a map from texts to texts. */
  TEXT_ENTRY: 3,
  /** Entries of a Struct: a map from texts to google.protobuf.Value. */
  VALUE_ENTRY: 4,
  ID: 5,
  DOTTED_TYPE: 6,
  /** So many lower-case hexadecimal digits as the detail says, or none. */
  HEX: 7,
  /** A varint whose value does not matter. */
  NUMBER: 8,
  /** A varint from 0 to `maxima[detail]`, after its lower 32 bits. */
  BOUNDED: 9,
  /** A varint that is the number of a bit that is set in the detail. */
  ENUM: 10,
  /** A double that is a number. */
  FINITE: 11,
  /** A double from 0 to 1. */
  SHARE: 12,
} as const;

/** How a field is packed into one number of `PlainForm.ops`. */
export const PlainOp = {
  WIRE_TYPE: 0x7,
  KIND_SHIFT: 3,
  KIND: 0xf,
  /** The place of the field's bit in the message's "seen" set. */
  PLACE_SHIFT: 7,
  SINGULAR: 0x1000,
  /** Of a message its index, of a record's id 1, and what `Kind` says. */
  DETAIL_SHIFT: 16,
} as const;

/** Fields with a higher number are left to the walk. */
export const FIELDS_SHIFT = 5;
const FIELDS = 1 << FIELDS_SHIFT;

/** Enum values from here on are left to the walk. */
export const ENUM_VALUES = 16;
/** The most that a varint of five bytes holds. */
const FIVE_BYTES_MAX = 2 ** 35 - 1;

/** The tables of all messages, in few numbers that lie next to each other. */
export interface PlainForm {
  /** For each message one number for each of the first 32 field numbers. The outermost message is the first. */
  readonly ops: Int32Array;
  /** By message: the bits that must have been seen at its end. */
  readonly required: Int32Array;
  readonly maxima: Float64Array;
}

/** Packs the table of a message and of all that it holds. What does not fit becomes `Kind.OTHER`. */
export function plainForm(root: MessageTable): PlainForm {
  const messages = new Set([root]);
  // A set's loop comes to what is added on the way, too.
  for (const { fields } of messages) {
    for (const field of fields) {
      const inner = innerOf(field);
      if (inner !== undefined) messages.add(inner);
    }
  }
  const order = [...messages];
  const maxima: number[] = [];
  const ops = new Int32Array(order.length * FIELDS);
  for (const [index, { fields }] of order.entries()) {
    for (const field of fields) {
      if (field !== undefined && field.number < FIELDS) ops[index * FIELDS + field.number] = packOp(field, order, maxima);
    }
  }
  return { ops, required: Int32Array.from(order, ({ required }) => required), maxima: Float64Array.from(maxima) };
}

/** The message in the field, or in the values of its map. */
function innerOf(field: FieldTable | undefined): MessageTable | undefined {
  const message = field?.message;
  return message?.entry === true ? message.fields[2]?.message : message;
}

function packOp(field: FieldTable, order: readonly MessageTable[], maxima: number[]): number {
  const { kind, detail } = kindOf(field, order, maxima);
  if (kind === Kind.OTHER) return 0;
  return (
    field.wireType |
    (kind << PlainOp.KIND_SHIFT) |
    ((31 - Math.clz32(field.bit)) << PlainOp.PLACE_SHIFT) |
    (field.singular ? PlainOp.SINGULAR : 0) |
    (detail << PlainOp.DETAIL_SHIFT)
  );
}

interface KindOf {
  readonly kind: number;
  readonly detail: number;
}

const other: KindOf = { kind: Kind.OTHER, detail: 0 };

function kindOf(field: FieldTable, order: readonly MessageTable[], maxima: number[]): KindOf {
  switch (field.check) {
    case Check.STRING:
      return kindOfText(field);
    case Check.MESSAGE:
      return kindOfMessage(field, order);
    case Check.VARINT:
      return { kind: Kind.NUMBER, detail: 0 };
    case Check.INT32:
    case Check.UINT32:
      return field.min <= 0 ? { kind: Kind.BOUNDED, detail: maxima.push(field.max) - 1 } : other;
    case Check.INT64:
      return field.min <= 0 && field.max >= FIVE_BYTES_MAX ? { kind: Kind.NUMBER, detail: 0 } : other;
    case Check.ENUM:
      return { kind: Kind.ENUM, detail: allowedValues(field) };
    case Check.DOUBLE:
      if (field.min === -Number.MAX_VALUE && field.max === Number.MAX_VALUE) return { kind: Kind.FINITE, detail: 0 };
      return field.min === 0 && field.max === 1 ? { kind: Kind.SHARE, detail: 0 } : other;
    default:
      return other;
  }
}

function kindOfText({ pattern, capture }: FieldTable): KindOf {
  if (pattern === undefined) return { kind: Kind.TEXT, detail: 0 };
  if (pattern.test === isId) return { kind: Kind.ID, detail: capture === Capture.ID ? 1 : 0 };
  if (pattern.test === isDottedType) return { kind: Kind.DOTTED_TYPE, detail: 0 };
  return pattern.hexDigits === undefined ? other : { kind: Kind.HEX, detail: pattern.hexDigits };
}

function kindOfMessage(field: FieldTable, order: readonly MessageTable[]): KindOf {
  const inner = innerOf(field);
  const index = inner === undefined ? 0 : order.indexOf(inner);
  if (field.message?.entry !== true) return { kind: Kind.MESSAGE, detail: index };
  const [, key, value] = field.message.fields;
  if (key?.check !== Check.STRING) return other;
  if (value?.check === Check.STRING) return { kind: Kind.TEXT_ENTRY, detail: 0 };
  return inner?.typeName === "google.protobuf.Value" ? { kind: Kind.VALUE_ENTRY, detail: index } : other;
}

function allowedValues({ enumeration }: FieldTable): number {
  let bits = 0;
  for (let value = 0; value < ENUM_VALUES; value++) {
    const isAllowed = enumeration?.defined?.has(value) !== false && enumeration?.refused.has(value) !== true;
    if (isAllowed) bits |= 1 << value;
  }
  return bits;
}
