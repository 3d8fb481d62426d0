import { ScalarType } from "@bufbuild/protobuf";
import type { DescEnum, DescField, DescMessage, DescOneof } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { bytePattern } from "./byte-pattern.ts";
import type { BytePattern } from "./byte-pattern.ts";
import { fieldRules, oneofRequired, refuseMessageRules } from "./validate-rules.ts";
import type { FieldRules } from "./validate-rules.ts";

/** What the walk does with a field's value. */
export const Check = {
  /** Wire form only. */
  VARINT: 0,
  FIXED64: 1,
  FIXED32: 5,
  BYTES: 2,
  STRING: 10,
  MESSAGE: 11,
  /** Varints whose value matters. */
  INT32: 12,
  UINT32: 13,
  INT64: 14,
  ENUM: 15,
  /** A double whose value matters. */
  DOUBLE: 16,
} as const;

/** Which values the walk keeps for the header. */
export const Capture = { NONE: 0, ID: 1, TIME: 2, TYPE: 3, SEVERITY: 4, NAMESPACE: 5, SECONDS: 6, NANOS: 7, KIND: 8 } as const;

/** How a field is packed into one number of `MessageTable.ops`: its wire type, whether it is known and singular, its bit's place, and what it is. */
export const Op = {
  WIRE_TYPE: 0x7,
  KNOWN: 0x8,
  SINGULAR: 0x10,
  BIT_SHIFT: 5,
  /** A text or a message of which nothing is kept, and that has no rule but its type's. */
  DELIMITED: 0x400,
  /** Of these, a text. */
  TEXT: 0x800,
} as const;

export interface FieldTable {
  readonly name: string;
  readonly number: number;
  readonly wireType: number;
  readonly check: number;
  /** One bit of the message's "seen" set; the fields of a oneof share theirs. */
  readonly bit: number;
  /** False for lists and maps, which may come any number of times. */
  readonly singular: boolean;
  readonly capture: number;
  readonly message: MessageTable | undefined;
  readonly pattern: BytePattern | undefined;
  readonly enumeration: EnumTable | undefined;
  readonly min: number;
  readonly max: number;
}

export interface EnumTable {
  readonly defined: ReadonlySet<number> | undefined;
  readonly refused: ReadonlySet<number>;
  readonly desc: DescEnum;
}

export interface Requirement {
  readonly bit: number;
  readonly name: string;
  /** What to do when it is missing, e.g. `set one of event, finding, correlation`. */
  readonly remedy: string;
}

export interface MessageTable {
  readonly typeName: string;
  /** By field number; `undefined` where there is no such field. */
  readonly fields: (FieldTable | undefined)[];
  /** By field number: what the walk needs to know of every field, packed into one number (see `Op`); 0 where there is no such field. */
  ops: Int32Array;
  /** By field number: the table of the message that the field holds. */
  inner: (MessageTable | undefined)[];
  /** True for the synthetic message of a map's entry, which does not count as a level of nesting. */
  readonly entry: boolean;
  /** The bits that must have been seen at the end. */
  required: number;
  /** What each required bit stands for. */
  readonly requirements: Requirement[];
}

/** Rules of well-known types that their descriptors do not carry: outside of these, JSON and other languages choke. */
const wellKnownRules: Readonly<Record<string, Partial<FieldRules>>> = {
  // 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z
  "google.protobuf.Timestamp.seconds": { min: -62_135_596_800, max: 253_402_300_799 },
  "google.protobuf.Timestamp.nanos": { min: 0, max: 999_999_999 },
  "google.protobuf.Value.number_value": { min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
};
const wellKnownRequiredOneofs: ReadonlySet<string> = new Set(["google.protobuf.Value.kind"]);

const headerFields: Readonly<Record<string, number>> = {
  "google.protobuf.Timestamp.seconds": Capture.SECONDS,
  "google.protobuf.Timestamp.nanos": Capture.NANOS,
  "tapio.domain.v1.Resource.namespace": Capture.NAMESPACE,
};
for (const kind of ["Event", "Finding", "Correlation"]) {
  Object.assign(headerFields, {
    [`tapio.domain.v1.Record.${kind.toLowerCase()}`]: Capture.KIND,
    [`tapio.domain.v1.${kind}.id`]: Capture.ID,
    [`tapio.domain.v1.${kind}.time`]: Capture.TIME,
    [`tapio.domain.v1.${kind}.type`]: Capture.TYPE,
    [`tapio.domain.v1.${kind}.severity`]: Capture.SEVERITY,
  });
}

/** Makes the tables of a message and of all that it holds. @throws Error on what the walk cannot check. */
export function messageTable(desc: DescMessage, made = new Map<string, MessageTable>()): MessageTable {
  const found = made.get(desc.typeName);
  if (found !== undefined) return found;
  refuseMessageRules(desc);
  const table = emptyTable(desc.typeName, false);
  made.set(desc.typeName, table); // before its fields: types may hold themselves
  const bits = new Map<DescOneof | DescField, number>();
  for (const field of desc.fields) {
    const owner = field.oneof ?? field;
    const isNew = !bits.has(owner);
    const bit = bits.get(owner) ?? 1 << bits.size;
    if (bits.size >= 31) throw new Error(`${desc.typeName}: the record scan knows up to 31 fields of a message`);
    bits.set(owner, bit);
    const rules = { ...fieldRules(field), ...wellKnownRules[`${desc.typeName}.${field.name}`] };
    table.fields[field.number] = fieldTable(field, rules, bit, made);
    const requirement = requirementOf(field, rules, bit);
    if (isNew && requirement !== undefined) {
      table.required |= bit;
      table.requirements.push(requirement);
    }
  }
  // No holes below the highest number: reading a hole is slow.
  for (let number = 0; number < table.fields.length; number++) table.fields[number] ??= undefined;
  table.ops = Int32Array.from(table.fields, packOp);
  table.inner = table.fields.map((field) => field?.message);
  return table;
}

function packOp(field: FieldTable | undefined): number {
  if (field === undefined) return 0;
  const isText = field.check === Check.STRING;
  const isDelimited = (isText || field.check === Check.MESSAGE) && field.capture === Capture.NONE && field.pattern === undefined;
  const place = 31 - Math.clz32(field.bit);
  return (
    field.wireType |
    Op.KNOWN |
    (field.singular ? Op.SINGULAR : 0) |
    (place << Op.BIT_SHIFT) |
    (isDelimited ? Op.DELIMITED : 0) |
    (isText ? Op.TEXT : 0)
  );
}

function emptyTable(typeName: string, entry: boolean): MessageTable {
  return { typeName, fields: [], ops: new Int32Array(0), inner: [], entry, required: 0, requirements: [] };
}

function requirementOf(field: DescField, rules: FieldRules, bit: number): Requirement | undefined {
  const { oneof } = field;
  if (oneof !== undefined) {
    if (!oneofRequired(oneof) && !wellKnownRequiredOneofs.has(`${oneof.parent.typeName}.${oneof.name}`)) return undefined;
    return { bit, name: oneof.name, remedy: `set one of ${oneof.fields.map((choice) => choice.name).join(", ")}` };
  }
  if (!rules.required && !refusesZero(field, rules)) return undefined;
  return { bit, name: field.name, remedy: remedyOf(field, rules) };
}

function remedyOf(field: DescField, rules: FieldRules): string {
  if (rules.pattern !== undefined) return `it must be ${bytePattern(rules.pattern).expected}`;
  if (field.enum !== undefined) {
    const allowed = field.enum.values.filter((value) => !rules.notIn.includes(value.number));
    return `set it to one of ${allowed.map((value) => value.name).join(", ")}`;
  }
  return field.fieldKind === "list" ? "it needs at least one" : "set it";
}

/** Whether a field that is not on the wire, and so reads as zero, breaks its own rules. */
function refusesZero(field: DescField, rules: FieldRules): boolean {
  if (field.fieldKind !== "scalar" && field.fieldKind !== "enum") return false;
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) return false; // `optional`: absent is not zero
  if (rules.pattern !== undefined && !bytePattern(rules.pattern).test(new Uint8Array(0), 0, 0)) return true;
  return rules.notIn.includes(0) || (rules.min ?? 0) > 0 || (rules.max ?? 0) < 0;
}

function fieldTable(field: DescField, rules: FieldRules, bit: number, made: Map<string, MessageTable>): FieldTable {
  const message = innerTable(field, made);
  if (rules.required && (field.fieldKind === "scalar" || field.fieldKind === "enum")) {
    throw new Error(
      `${field.parent.typeName}.${field.name}: the record scan does not know "required" of a scalar; teach it in libs/domain/src/scan`,
    );
  }
  const hasBounds = rules.min !== undefined || rules.max !== undefined;
  const check = message !== undefined ? Check.MESSAGE : field.fieldKind === "enum" ? Check.ENUM : scalarCheck(field, hasBounds);
  return {
    name: field.name,
    number: field.number,
    wireType: wireTypeOf(check),
    check,
    bit,
    singular: field.fieldKind !== "list" && field.fieldKind !== "map",
    capture: headerFields[`${field.parent.typeName}.${field.name}`] ?? Capture.NONE,
    message,
    pattern: rules.pattern === undefined ? undefined : bytePattern(rules.pattern),
    enumeration: field.fieldKind === "enum" ? enumTable(field.enum, rules) : undefined,
    min: rules.min ?? (check === Check.UINT32 ? 0 : -Infinity),
    max: rules.max ?? Infinity,
  };
}

function wireTypeOf(check: number): number {
  switch (check) {
    case Check.STRING:
    case Check.MESSAGE:
      return 2;
    case Check.DOUBLE:
      return 1;
    case Check.INT32:
    case Check.UINT32:
    case Check.INT64:
    case Check.ENUM:
      return 0;
    default:
      return check; // those that check the wire form alone are named after it
  }
}

function enumTable(desc: DescEnum, rules: FieldRules): EnumTable {
  const defined = rules.definedOnly ? new Set(desc.values.map((value) => value.number)) : undefined;
  return { defined, refused: new Set(rules.notIn), desc };
}

function innerTable(field: DescField, made: Map<string, MessageTable>): MessageTable | undefined {
  if (field.fieldKind === "map") return entryTable(field, made);
  return field.message === undefined ? undefined : messageTable(field.message, made);
}

/** The message that a map's entries have on the wire: the key is field 1, the value field 2. */
function entryTable(field: DescField & { fieldKind: "map" }, made: Map<string, MessageTable>): MessageTable {
  const plain = {
    bit: 1,
    singular: true,
    capture: Capture.NONE,
    pattern: undefined,
    enumeration: undefined,
    min: -Infinity,
    max: Infinity,
  };
  const key = scalarCheckOf(field.mapKey, false, `${field.parent.typeName}.${field.name}`);
  const inner = field.message === undefined ? undefined : messageTable(field.message, made);
  if (field.mapKind === "enum") throw new Error(`${field.parent.typeName}.${field.name}: the record scan does not know maps of enums`);
  const value = field.mapKind === "scalar" ? scalarCheckOf(field.scalar, false, field.name) : Check.MESSAGE;
  const table = emptyTable(`${field.parent.typeName}.${field.name}`, true);
  table.fields.push(undefined);
  table.fields.push({ ...plain, name: "key", number: 1, wireType: wireTypeOf(key), check: key, message: undefined });
  table.fields.push({ ...plain, name: "value", number: 2, bit: 2, wireType: wireTypeOf(value), check: value, message: inner });
  table.ops = Int32Array.from(table.fields, packOp);
  table.inner = table.fields.map((field) => field?.message);
  return table;
}

function scalarCheck(field: DescField, hasBounds: boolean): number {
  const where = `${field.parent.typeName}.${field.name}`;
  if (field.fieldKind === "list" && field.scalar !== ScalarType.STRING && field.scalar !== ScalarType.BYTES) {
    throw new Error(`${where}: the record scan does not know packed fields; teach it in libs/domain/src/scan`);
  }
  if (field.scalar === undefined) throw new Error(`${where}: the record scan does not know this kind of field`);
  return scalarCheckOf(field.scalar, hasBounds, where);
}

function scalarCheckOf(type: ScalarType, hasBounds: boolean, where: string): number {
  const bounded = boundedChecks[type];
  if (hasBounds && bounded === undefined) throw new Error(`${where}: the record scan does not know bounds of this type of number`);
  if (hasBounds && bounded !== undefined) return bounded;
  switch (type) {
    case ScalarType.STRING:
      return Check.STRING;
    case ScalarType.BYTES:
      return Check.BYTES;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return Check.FIXED64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return Check.FIXED32;
    default:
      return Check.VARINT;
  }
}

const boundedChecks: { readonly [type in ScalarType]?: number } = {
  [ScalarType.INT32]: Check.INT32,
  [ScalarType.UINT32]: Check.UINT32,
  [ScalarType.INT64]: Check.INT64,
  [ScalarType.DOUBLE]: Check.DOUBLE,
};
