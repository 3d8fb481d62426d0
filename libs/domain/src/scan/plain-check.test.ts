import { toBinary } from "@bufbuild/protobuf";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mutate, mutations } from "../testdata/mutations.ts";
import { validRecordBytes } from "../testdata/record-arbitrary.ts";
import { sampleCorrelation, sampleEvent, sampleFinding } from "../testdata/sample-records.ts";
import { ascii, field, id, severity, time, type } from "../testdata/wire-fields.ts";
import { wireTree } from "../testdata/wire-tree.ts";
import { checkPlain } from "./plain-check.ts";
import { scanRecord } from "./scan-record.ts";

const RUNS = Number(process.env["TAPIO_FUZZ_RUNS"] ?? 1_000);
const SEED = Number(process.env["TAPIO_FUZZ_SEED"] ?? 20_261_101);
const TIMEOUT_MS = 30_000 + RUNS * 10;

const event = (...more: (number | Uint8Array)[]): Uint8Array => field(1, id, time, type, severity, ...more);
const finding = (...more: (number | Uint8Array)[]): Uint8Array => field(2, id, time, type, severity, ...more);
const data = (...entry: (number | Uint8Array)[]): Uint8Array => event(field(13, field(1, ...entry)));
const key = field(1, ascii("k"));
const text = field(2, ascii("v"));

/** `data` with so many messages in each other, Record and Event among them: each level is an entry's Value and its Struct. */
function nested(levels: number, value?: Uint8Array): Uint8Array {
  let struct: Uint8Array[] = value === undefined ? [] : [field(1, key, field(2, value))];
  for (let level = 3; level < levels; level += 2) struct = [field(1, key, field(2, field(5, ...struct)))];
  return event(field(13, ...struct));
}

describe("the plain check takes what encoders usually write", () => {
  it.each<[string, Uint8Array]>([
    ["an event", toBinary(RecordSchema, sampleEvent())],
    ["a finding", toBinary(RecordSchema, sampleFinding())],
    ["a correlation", toBinary(RecordSchema, sampleCorrelation())],
    ["text that is not ASCII", event(field(11, ascii("ü ☠")))],
    ["a text of two length bytes", event(field(11, ascii("x".repeat(300))))],
    ["a value of two length bytes", event(field(12, key, field(2, ascii("x".repeat(300)))))],
    ["empty texts", event(field(11), field(12, field(1), field(2)))],
    ["a field number of two bytes", finding(0x81, 0x01, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f)],
    ["a trace id, and an empty one", event(field(9, field(1, ascii("0f".repeat(16))), field(2)))],
    ["a number of five bytes", event(field(3, 0x08, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x10, 0xff, 0x93, 0xeb, 0xdc, 0x03))],
    ["a list of texts", event(field(10, ascii("a")), field(10, ascii("b")))],
    ["fields in another order", field(1, severity, type, time, id)],
    ["a long text in data", data(key, field(2, field(3, ascii("x".repeat(128)))))],
    ["data of all kinds", event(field(13, field(1, key, field(2, 0x08, 0)), field(1, key, field(2, 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf))))],
    ["an empty text in data", data(key, field(2, 0x1a, 0))],
    ["a text in data, as deep as it may be", nested(99, field(3, ascii("v")))],
    ["data that is 99 messages deep", nested(99)],
  ])("%s", (_, bytes) => {
    const found = checkPlain(bytes);
    const scan = scanRecord(bytes);
    expect(scan.ok && scan.header.id).toBe(new TextDecoder().decode(bytes.subarray(found?.idStart, found?.idEnd)));
  });
});

describe("the plain check leaves to the walk what is sound, but rare", () => {
  const padded = [0x83, 0x80, 0x80, 0x80, 0x80, 0x00];
  it.each<[string, Uint8Array]>([
    ["unknown fields", event(0x78 | 0x80, 0x07, 1)],
    ["an unknown field of a low number", finding(field(31))],
    ["a tag that is longer than it needs to be", event(0xda, 0x00, 0x00)],
    ["a length of three bytes", event(0x5a, 0x81, 0x80, 0x00, 0x61)],
    ["an entry's length of three bytes", event(field(12, key, 0x12, 0x81, 0x80, 0x00, 0x61))],
    ["an entry with the value first", event(field(12, text, key))],
    ["an entry without a value", event(field(12, key))],
    ["an entry without a key", event(field(12, text))],
    ["an entry with a long key", event(field(12, field(1, ascii("k".repeat(128))), text))],
    ["an entry with an unknown field", event(field(12, key, text, field(3)))],
    ["a number of six bytes", event(field(9, 0x20, ...padded))],
    ["a severity of two bytes", field(1, id, time, type, 0x28, 0x83, 0x00)],
    ["a time before 1970", event(field(3, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01))],
  ])("%s", (_, bytes) => {
    expect(checkPlain(bytes)).toBeUndefined();
    expect(scanRecord(bytes).ok).toBe(true);
  });
});

describe("the plain check does not take what the walk refuses", () => {
  it.each<[string, Uint8Array]>([
    ["no record", new Uint8Array(0)],
    ["no time", field(1, id, type, severity)],
    ["a field that comes twice", event(severity)],
    ["two kinds", new Uint8Array([...event(), ...finding()])],
    ["a tag at the end", event(0x5a)],
    ["half of a tag at the end", finding(0x81)],
    ["half of a length at the end", event(0x5a, 0x81)],
    ["a length past the end", event(0x5a, 2, 0x61)],
    ["another wire type", field(1, 0x08, 1, time, type, severity)],
    ["a number as a text", event(field(6, 1))],
    ["an entry of three bytes", data(0x0a, 5, 0x61)],
    ["an entry's key whose length goes on in its text", data(0x0a, 0x85, ...new Uint8Array(133).fill(0x61), 0x12, 2, 0x08, 0)],
    ["an entry's key past its end", data(0x0a, 9, 0x61, 0x12, 0x00)],
    ["an entry's value past its end", data(key, 0x12, 2, 0x61)],
    ["half of a length at an entry's end", data(key, 0x12, 0x81)],
    ["a key that is not UTF-8", data(field(1, 0xff), field(2, 0x08, 0))],
    ["a value that is not UTF-8", event(field(12, key, field(2, 0xff)))],
    ["a text that is not UTF-8", event(field(11, 0xff))],
    ["a Value of nothing", data(key, field(2))],
    ["a Value of two kinds", data(key, field(2, 0x08, 0, 0x20, 1))],
    ["a number that JSON cannot carry", data(key, field(2, 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f))],
    ["a double that is cut off", data(key, field(2, 0x11, 0, 0, 0))],
    ["a confidence that is cut off", finding(0x81, 0x01, 0, 0, 0)],
    ["a confidence over 1", finding(0x81, 0x01, 1, 0, 0, 0, 0, 0, 0xf0, 0x3f)],
    ["no severity", field(1, id, time, type, 0x28, 0)],
    ["an unknown severity", field(1, id, time, type, 0x28, 6)],
    ["a severity with a bit of a known one", field(1, id, time, type, 0x28, 35)],
    ["nanoseconds of a whole second", event(field(3, 0x10, 0x80, 0x94, 0xeb, 0xdc, 0x03))],
    ["negative nanoseconds", event(field(3, 0x10, 0xff, 0xff, 0xff, 0xff, 0x0f))],
    ["a varint that is cut off", event(field(3, 0x08, 0x80))],
    ["an id of 129 letters", field(1, field(1, ascii("a".repeat(129))), time, type, severity)],
    ["a type with an empty segment", field(1, id, time, field(4, ascii("a..b")), severity)],
    ["a trace id of 31 digits", event(field(9, field(1, ascii("0".repeat(31)))))],
    ["a trace id in capitals", event(field(9, field(1, ascii("F".repeat(32)))))],
    ["a text in data that is not UTF-8", data(key, field(2, 0x1a, 1, 0xff))],
    ["a text in data with half of a length", data(key, field(2, 0x1a))],
    ["a text in data that is shorter than its Value", data(key, field(2, 0x1a, 0, 0x61))],
    ["a text in data that claims one byte too many", data(key, field(2, 0x1a, 0x85, ...new Uint8Array(133).fill(0x61)))],
    ["data that is 101 messages deep", nested(101)],
  ])("%s", (_, bytes) => {
    expect(checkPlain(bytes)).toBeUndefined();
    expect(scanRecord(bytes).ok).toBe(false);
  });

  it("at every place where a record is cut off", () => {
    for (const record of [sampleEvent(), sampleFinding(), sampleCorrelation()]) {
      const bytes = toBinary(RecordSchema, record);
      for (let length = 0; length < bytes.length; length++) expect(checkPlain(bytes.subarray(0, length))).toBeUndefined();
    }
  });

  it("whatever was changed, and takes most of what was not", { timeout: TIMEOUT_MS }, () => {
    let sound = 0;
    let taken = 0;
    let takenChanged = 0;
    const compare = (bytes: Uint8Array): boolean => {
      const plain = checkPlain(bytes);
      const scan = scanRecord(bytes);
      if (scan.ok) sound++;
      if (plain === undefined) return false;
      expect(scan.ok && scan.header.id).toBe(new TextDecoder().decode(bytes.subarray(plain.idStart, plain.idEnd)));
      return true;
    };
    fc.assert(
      fc.property(validRecordBytes, mutations, (valid, changes) => {
        if (compare(valid)) taken++;
        if (compare(mutate(wireTree(RecordSchema, valid), changes))) takenChanged++;
      }),
      { numRuns: RUNS, seed: SEED },
    );
    expect(taken / RUNS).toBeGreaterThan(0.5);
    expect(takenChanged / RUNS).toBeGreaterThan(0.05);
    expect(sound).toBeGreaterThan(taken + takenChanged);
  });
});
