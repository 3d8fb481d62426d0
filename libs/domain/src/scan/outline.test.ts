import { describe, expect, it } from "vitest";
import { ascii, field, id, severity, time, type } from "../testdata/wire-fields.ts";
import { idSizeIn, idStartIn, kindIn, outlineOf, severityIn } from "./outline.ts";

const outline = (record: Uint8Array): number => outlineOf(record, 0, record.length);
const idIn = (record: Uint8Array): string => {
  const start = idStartIn(outline(record));
  return new TextDecoder().decode(record.subarray(start, start + idSizeIn(outline(record))));
};

describe("the outline of a record", () => {
  it("says kind and severity, and where the id is", () => {
    for (const kind of [1, 2, 3]) {
      const found = outline(field(kind, id, time, type, severity));
      expect([kindIn(found), severityIn(found), idStartIn(found), idSizeIn(found)]).toEqual([kind, 3, 4, 3]);
    }
  });

  it("takes the last of what is there twice, as every reader does", () => {
    const other = field(1, ascii("another"));
    const twice = field(1, id, time, type, severity, other, Uint8Array.of(0x28, 5));
    expect([idIn(twice), severityIn(outline(twice))]).toEqual(["another", 5]);
  });

  it("takes the longest id behind long fields, as far as its number has room", () => {
    const longest = field(1, ascii("x".repeat(128)));
    expect(idIn(field(1, field(9, new Uint8Array(15_000)), type, longest))).toBe("x".repeat(128));
    expect(outline(field(1, field(9, new Uint8Array(16_300)), field(9, new Uint8Array(60)), type, longest))).toBe(0);
  });

  it.each([
    ["no record at all", new Uint8Array(0)],
    ["no kind", field(4, id, time, type)],
    ["two kinds", new Uint8Array([...field(1, id, time, type), ...field(2, id, time, type)])],
    ["no id", field(1, time, type)],
    ["an empty id", field(1, field(1), time, type)],
    ["no type", field(1, id, time)],
    ["a time that holds a group", field(1, id, field(2, 0x0b), type)],
    ["a time that is cut off", field(1, id, field(2, 0x08, 0x80), type)],
    ["a time of ten bytes", field(1, id, field(2, 0x08, ...Array<number>(9).fill(0xff), 1), type)],
    ["a resource with a field beyond its end", field(1, id, time, type, field(8, 0x0a, 2, 0x61))],
    ["a resource whose text is long", field(1, id, time, type, field(8, field(1, ascii("x".repeat(200)))))],
    ["a field of eight bytes", field(1, id, time, type, Uint8Array.of(0x71, 0, 0, 0, 0, 0, 0, 0, 0))],
    ["a tag of two bytes", field(1, id, time, type, field(20, 1))],
    ["a number of two bytes", field(1, id, time, type, Uint8Array.of(0x28, 0x83, 0))],
    ["a length of three bytes", field(1, id, time, type, Uint8Array.of(0x4a, 0x80, 0x80, 1))],
    ["a kind that is longer than its bytes", field(1, id, time, type).subarray(0, -1)],
    ["a field that is longer than its kind", field(1, id, time, type, Uint8Array.of(0x4a, 9))],
    ["a field that ends with its tag", field(1, id, time, type, Uint8Array.of(0x4a))],
    ["a field that ends within its length", field(1, id, time, type, Uint8Array.of(0x4a, 0x80))],
  ])("is none for %s", (_, record) => {
    expect(outline(record)).toBe(0);
  });

  it("looks at nothing outside of its bounds", () => {
    const record = field(1, id, time, type, severity);
    const buffer = new Uint8Array([...record, ...record, ...record]);
    expect(outlineOf(buffer, record.length, 2 * record.length)).toBe(outline(record));
    expect(outlineOf(buffer, record.length, 2 * record.length + 1)).toBe(0);
    expect(outlineOf(buffer, record.length, 2 * record.length - 1)).toBe(0);
  });
});
