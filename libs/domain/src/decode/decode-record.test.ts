import { create, fromBinary, toBinary, type JsonObject } from "@bufbuild/protobuf";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scanRecord } from "../scan/scan-record.ts";
import { boundaryVariants, mutate, mutations } from "../testdata/mutations.ts";
import { validRecordBytes } from "../testdata/record-arbitrary.ts";
import { sampleCorrelation, sampleEvent, sampleFinding } from "../testdata/sample-records.ts";
import { wireTree } from "../testdata/wire-tree.ts";
import { decodeRecord, decodeUsualRecord } from "./decode-record.ts";

const RUNS = Number(process.env["TAPIO_FUZZ_RUNS"] ?? 1_000);
const SEED = Number(process.env["TAPIO_FUZZ_SEED"] ?? 20_261_101);

const samples = [sampleEvent(), sampleFinding(), sampleCorrelation()];

function eventBytes(fields: { data?: JsonObject; labels?: { [key: string]: string }; message?: string }): Uint8Array {
  const value = create(EventSchema, { id: "e", type: "a", time: { seconds: 1n }, severity: 1, ...fields });
  return toBinary(RecordSchema, create(RecordSchema, { kind: { case: "event", value } }));
}

describe("decodeRecord", () => {
  it("makes of a whole record of each kind what protobuf-es makes, properties in the same order", () => {
    for (const record of samples) {
      const bytes = toBinary(RecordSchema, record);
      const decoded = decodeUsualRecord(bytes);
      expect(decoded).toStrictEqual(record);
      const text = (value: unknown) => JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
      expect(text(decoded)).toBe(text(fromBinary(RecordSchema, bytes)));
    }
  });

  it("makes of every record that keeps the rules what protobuf-es makes", { timeout: 60_000 }, () => {
    let usual = 0;
    fc.assert(
      fc.property(validRecordBytes, (bytes) => {
        const expected = fromBinary(RecordSchema, bytes);
        const decoded = decodeUsualRecord(bytes);
        if (decoded !== undefined) usual++;
        expect(decoded ?? expected).toStrictEqual(expected);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // All but a key that objects take for their prototype, which the generator has now and then.
    expect(usual / RUNS).toBeGreaterThan(0.98);
  });

  it("makes of bytes of any form that the scan takes what protobuf-es makes, or leaves them to it", { timeout: 60_000 }, () => {
    let usual = 0;
    let taken = 0;
    const compare = (bytes: Uint8Array) => {
      if (!scanRecord(bytes).ok) return;
      taken++;
      const decoded = decodeUsualRecord(bytes);
      if (decoded === undefined) return;
      usual++;
      expect(decoded).toStrictEqual(fromBinary(RecordSchema, bytes));
    };
    for (const record of samples) {
      for (const bytes of boundaryVariants(wireTree(RecordSchema, toBinary(RecordSchema, record)))) compare(bytes);
    }
    fc.assert(
      fc.property(validRecordBytes, mutations, (valid, changes) => compare(mutate(wireTree(RecordSchema, valid), changes))),
      { numRuns: RUNS, seed: SEED },
    );
    expect(usual / taken).toBeGreaterThan(0.5);
    expect(usual / taken).toBeLessThan(1);
  });

  it("tells texts apart that share a slot of the known ones, short and long, and beyond ASCII", () => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5_000; i++) {
        const message = `${i % 3 === 0 ? "ü" : ""}text ${i} ${"x".repeat(i % 40)}`;
        const decoded = decodeUsualRecord(eventBytes({ message }));
        expect(decoded?.kind.case === "event" ? decoded.kind.value.message : "").toBe(message);
      }
    }
  });

  it("leaves a field that it does not know to protobuf-es, which keeps it", () => {
    const bytes = eventBytes({});
    const longer = Uint8Array.of(0x0a, bytes.length - 2 + 3, ...bytes.subarray(2), 0xf8, 0x07, 1);
    expect(decodeUsualRecord(longer)).toBeUndefined();
    expect(decodeRecord(longer)).toStrictEqual(fromBinary(RecordSchema, longer));
    expect(decodeRecord(longer).kind.value?.$unknown?.map(({ no }) => no)).toEqual([127]);
  });

  it("leaves keys that objects take for their prototype, and numbers that JSON does not have", () => {
    const proto = JSON.parse('{"__proto__":"x"}') as { [key: string]: string };
    expect(decodeUsualRecord(eventBytes({ labels: proto }))).toBeUndefined();
    expect(decodeUsualRecord(eventBytes({ data: proto }))).toBeUndefined();
    const infinite = eventBytes({ data: { n: 1.5 } });
    new DataView(infinite.buffer, infinite.byteOffset).setFloat64(infinite.indexOf(0x11) + 1, Infinity, true);
    expect(decodeUsualRecord(infinite)).toBeUndefined();
  });

  it("throws for what is no record", () => {
    expect(() => decodeRecord(Uint8Array.of(0x0a, 5, 1))).toThrow();
    const cut = toBinary(RecordSchema, sampleEvent());
    expect(() => decodeRecord(cut.subarray(0, cut.length - 3))).toThrow();
  });
});
