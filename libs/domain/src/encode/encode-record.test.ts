import { create, fromBinary, toBinary, type DescMessage, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { file_google_protobuf_wrappers, FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validRecordBytes } from "../testdata/record-arbitrary.ts";
import { sampleCorrelation, sampleEvent, sampleFinding } from "../testdata/sample-records.ts";
import { encodePlan } from "./encode-plan.ts";
import { encodeRecord, encodeUsualRecord } from "./encode-record.ts";

const RUNS = Number(process.env["TAPIO_FUZZ_RUNS"] ?? 1_000);
const SEED = Number(process.env["TAPIO_FUZZ_SEED"] ?? 20_261_101);

interface Fields {
  data?: JsonObject;
  labels?: { [key: string]: string };
  message?: string;
}

function eventOf(fields: Fields): Record {
  const value = create(EventSchema, { id: "e", type: "a", time: { seconds: 1n }, severity: 1, ...fields });
  return create(RecordSchema, { kind: { case: "event", value } });
}

/** The record with other values in the message that it holds, of a right type or not. */
function withFields(record: Record, fields: object): Record {
  return { ...record, kind: { ...record.kind, value: { ...record.kind.value, ...fields } } } as Record;
}

describe("encodeRecord", () => {
  it("makes of a whole record of each kind what protobuf-es makes", () => {
    for (const record of [sampleEvent(), sampleFinding(), sampleCorrelation()]) {
      expect(Buffer.from(encodeUsualRecord(record) ?? []).toString("hex")).toBe(
        Buffer.from(toBinary(RecordSchema, record)).toString("hex"),
      );
    }
  });

  it("makes of every record that keeps the rules what protobuf-es makes", { timeout: 60_000 }, () => {
    let usual = 0;
    let all = 0;
    fc.assert(
      fc.property(validRecordBytes, (bytes) => {
        const record = fromBinary(RecordSchema, bytes);
        const expected = toBinary(RecordSchema, record);
        all++;
        if (encodeUsualRecord(record) !== undefined) usual++;
        expect(Buffer.compare(encodeRecord(record), expected)).toBe(0);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // Many of the generated moments lie before 1970.
    expect(usual / all).toBeGreaterThan(0.3);
  });

  it("makes of texts of any length and of any data what protobuf-es makes", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.nat(70_000).map((length) => "ü".repeat(length % 3) + "x".repeat(length)),
    );
    fc.assert(
      fc.property(text, fc.dictionary(text, text, { maxKeys: 3 }), fc.jsonValue({ maxDepth: 6 }), (message, labels, value) => {
        const record = eventOf({ message, labels, data: { [message.slice(0, 9)]: value as JsonValue, message } });
        expect(Buffer.compare(encodeUsualRecord(record) ?? new Uint8Array(), toBinary(RecordSchema, record))).toBe(0);
      }),
      { numRuns: Math.min(RUNS, 300), seed: SEED },
    );
  });

  it.each([127, 128, 129, 16_383, 16_384, 40_000, 3_000_000])("encodes a text of %i bytes, and the records after it", (length) => {
    const records = [
      eventOf({ message: "ü".repeat(length / 2), data: { deep: { list: ["x".repeat(length)] } } }),
      eventOf({ message: "small" }),
    ];
    const encoded = records.map((record) => encodeUsualRecord(record));
    expect(encoded.map((bytes) => bytes?.byteLength)).toEqual(records.map((record) => toBinary(RecordSchema, record).byteLength));
    expect(fromBinary(RecordSchema, encoded[0] ?? new Uint8Array())).toEqual(records[0]);
    expect(fromBinary(RecordSchema, encoded[1] ?? new Uint8Array())).toEqual(records[1]);
  });

  it("keeps what it gave when others follow", () => {
    const records = Array.from({ length: 500 }, (_, index) => eventOf({ message: `${index}`.repeat(index) }));
    const encoded = records.map((record) => encodeRecord(record));
    expect(encoded.map((bytes) => fromBinary(RecordSchema, bytes))).toEqual(records);
  });

  it("puts U+FFFD in the place of half of a surrogate pair, as protobuf-es does", () => {
    const record = eventOf({ message: "a\ud800b", labels: { "\udfff": "" } });
    expect(encodeUsualRecord(record)).toEqual(toBinary(RecordSchema, record));
  });

  it("leaves to protobuf-es what is unusual", () => {
    const unknown = [{ no: 99, wireType: 0, data: new Uint8Array([1]) }];
    const time = { $typeName: "google.protobuf.Timestamp", seconds: -1n, nanos: 0 };
    const record = sampleEvent();
    const unusual = [
      { time },
      { $unknown: unknown },
      { time: { ...time, $unknown: unknown } },
      { severity: -1 },
      { time: { ...time, nanos: -1 } },
    ];
    for (const fields of unusual) {
      const changed = withFields(record, fields);
      expect(encodeUsualRecord(changed)).toBeUndefined();
      expect(encodeRecord(changed)).toEqual(toBinary(RecordSchema, changed));
    }
    expect(encodeUsualRecord({ ...record, $unknown: unknown })).toBeUndefined();
    expect(encodeRecord(create(RecordSchema))).toEqual(new Uint8Array());
  });

  it("refuses what protobuf-es refuses", () => {
    for (const fields of [
      { severity: 1.5 },
      { severity: "x" },
      { source: { $typeName: "tapio.domain.v1.Resource" } },
      { resources: [null] },
    ]) {
      expect(() => encodeRecord(withFields(sampleEvent(), fields))).toThrow();
    }
    // Nothing of it is left for the next one.
    expect(encodeRecord(sampleEvent())).toEqual(toBinary(RecordSchema, sampleEvent()));
  });

  it("knows no types of fields that no record has", () => {
    const unknown: DescMessage[] = [FieldMaskSchema, ...file_google_protobuf_wrappers.messages].filter(({ name }) =>
      ["BoolValue", "BytesValue", "Int64Value"].includes(name),
    );
    for (const desc of unknown) expect(() => encodePlan(desc)).toThrow("does not know this type of field; teach it");
    expect(unknown).toHaveLength(3);
  });
});
