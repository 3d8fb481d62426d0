import type { DescEnum } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { bytePattern } from "./byte-pattern.ts";
import { Capture, Check } from "./message-table.ts";
import type { FieldTable, MessageTable } from "./message-table.ts";
import { Kind, plainForm, PlainOp } from "./plain-form.ts";

const FIELDS = 32;

function field(check: number, more: Partial<FieldTable> = {}): FieldTable {
  const free = { message: undefined, pattern: undefined, enumeration: undefined, min: -Infinity, max: Infinity };
  return { name: "f", number: 1, wireType: 2, check, bit: 1, singular: true, capture: Capture.NONE, ...free, ...more };
}

function message(fields: readonly FieldTable[], entry = false, typeName = "M"): MessageTable {
  const table: MessageTable = { typeName, fields: [], ops: new Int32Array(0), inner: [], entry, required: 0, requirements: [] };
  for (const one of fields) table.fields[one.number] = one;
  return table;
}

/** What the plain check makes of a message's field 1. */
function kindOf(one: FieldTable): { kind: number; detail: number } {
  const op = plainForm(message([one])).ops[1] ?? NaN;
  return { kind: (op >>> PlainOp.KIND_SHIFT) & PlainOp.KIND, detail: op >>> PlainOp.DETAIL_SHIFT };
}

function mapOf(key: number, value: FieldTable): FieldTable {
  return field(Check.MESSAGE, { singular: false, message: message([field(key), { ...value, number: 2 }], true) });
}

describe("what the plain check does not know is left to the walk", () => {
  it.each<[string, FieldTable]>([
    ["bytes", field(Check.BYTES)],
    ["fixed numbers", field(Check.FIXED64)],
    ["a pattern that has no byte form", field(Check.STRING, { pattern: bytePattern("^a$") })],
    ["a number that must be above 0", field(Check.UINT32, { min: 1, max: 5 })],
    ["a long number that must be small", field(Check.INT64, { min: 0, max: 5 })],
    ["a long number that must be above 0", field(Check.INT64, { min: 1 })],
    ["a double within other bounds than 0 and 1", field(Check.DOUBLE, { min: 0, max: 100 })],
    ["a double above -1", field(Check.DOUBLE, { min: -1, max: 1 })],
    ["a map by numbers", mapOf(Check.VARINT, field(Check.STRING))],
    ["a map to numbers", mapOf(Check.STRING, field(Check.VARINT))],
    ["a map to messages", mapOf(Check.STRING, field(Check.MESSAGE, { message: message([]) }))],
  ])("%s", (_, one) => {
    expect(plainForm(message([one])).ops.subarray(0, FIELDS)).toEqual(new Int32Array(FIELDS));
  });

  it("and so is a field of a high number", () => {
    expect(plainForm(message([field(Check.STRING, { number: 32 })])).ops).toEqual(new Int32Array(FIELDS));
  });
});

describe("what the plain check knows", () => {
  it("are texts, and those of a pattern that has a byte form", () => {
    const id = bytePattern("^[A-Za-z0-9_-]{1,128}$");
    expect(kindOf(field(Check.STRING))).toEqual({ kind: Kind.TEXT, detail: 0 });
    expect(kindOf(field(Check.STRING, { pattern: id }))).toEqual({ kind: Kind.ID, detail: 0 });
    expect(kindOf(field(Check.STRING, { pattern: id, capture: Capture.ID }))).toEqual({ kind: Kind.ID, detail: 1 });
    expect(kindOf(field(Check.STRING, { pattern: bytePattern("^([0-9a-f]{16})?$") }))).toEqual({ kind: Kind.HEX, detail: 16 });
    const dotted = bytePattern("^[A-Za-z0-9_-]{1,64}([.][A-Za-z0-9_-]{1,64}){0,7}$");
    expect(kindOf(field(Check.STRING, { pattern: dotted }))).toEqual({ kind: Kind.DOTTED_TYPE, detail: 0 });
  });

  it("are enum values below 16, as bits", () => {
    const desc = {} as DescEnum; // not read
    const all = field(Check.ENUM, { enumeration: { defined: undefined, refused: new Set([0]), desc } });
    const some = field(Check.ENUM, { enumeration: { defined: new Set([0, 1, 3, 16]), refused: new Set([0]), desc } });
    expect(kindOf(all)).toEqual({ kind: Kind.ENUM, detail: 0xfffe });
    expect(kindOf(some)).toEqual({ kind: Kind.ENUM, detail: 0b1010 });
  });

  it("are messages by their index, each of them once, those in maps and in themselves, too", () => {
    const inner = message([field(Check.UINT32, { min: 0, max: 7, bit: 4 })], false, "google.protobuf.Value");
    inner.required = 4;
    const outer = message([mapOf(Check.STRING, field(Check.MESSAGE, { message: inner }))]);
    outer.fields[2] = field(Check.MESSAGE, { number: 2, message: inner });
    outer.fields[3] = field(Check.MESSAGE, { number: 3, message: outer });

    const { ops, required, maxima } = plainForm(outer);

    const details = [1, 2, 3].map((number) => (ops[number] ?? NaN) >>> PlainOp.DETAIL_SHIFT);
    expect(ops.length).toBe(2 * FIELDS);
    expect(details).toEqual([1, 1, 0]);
    expect([...required]).toEqual([0, 4]);
    expect([...maxima]).toEqual([7]);
    expect(((ops[FIELDS + 1] ?? NaN) >>> PlainOp.PLACE_SHIFT) & 31).toBe(2);
  });
});
