import { create, fromBinary, toBinary, toJson, type JsonObject } from "@bufbuild/protobuf";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scanRecord } from "../scan/scan-record.ts";
import { boundaryVariants, mutate, mutations } from "../testdata/mutations.ts";
import { validRecordBytes } from "../testdata/record-arbitrary.ts";
import { sampleCorrelation, sampleEvent, sampleFinding } from "../testdata/sample-records.ts";
import { wireTree } from "../testdata/wire-tree.ts";
import { createJsonOutput, putJson } from "./json-output.ts";
import { putRecordJson, putUsualRecordJson } from "./record-json.ts";

const RUNS = Number(process.env["TAPIO_FUZZ_RUNS"] ?? 1_000);
const SEED = Number(process.env["TAPIO_FUZZ_SEED"] ?? 20_261_101);

const out = createJsonOutput();

function written(bytes: Uint8Array): string | undefined {
  out.length = 0;
  return putUsualRecordJson(out, bytes) ? Buffer.from(out.bytes.subarray(0, out.length)).toString() : undefined;
}

function byLibrary(bytes: Uint8Array): string {
  return JSON.stringify(toJson(RecordSchema, fromBinary(RecordSchema, bytes)));
}

/** Equal up to the order of a map's members: objects put keys such as "10" first. */
function expectSame(text: string, expected: string): void {
  expect(JSON.parse(text)).toEqual(JSON.parse(expected));
  expect(text.length).toBe(expected.length);
}

function eventBytes(data: JsonObject, labels: { [name: string]: string } = {}): Uint8Array {
  const value = create(EventSchema, { id: "e", type: "a", time: { seconds: 1n }, severity: 1, data, labels });
  return toBinary(RecordSchema, create(RecordSchema, { kind: { case: "event", value } }));
}

/** The characters of ASCII from one to another, each under a key of its own. */
function characters(from: number, to: number): JsonObject {
  return Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`k${from + i}`, String.fromCharCode(from + i)]));
}

describe("putRecordJson", () => {
  it.each([
    ["event", sampleEvent()],
    ["finding", sampleFinding()],
    ["correlation", sampleCorrelation()],
  ])("writes a whole %s byte for byte as protobuf-es does", (_, record) => {
    const bytes = toBinary(RecordSchema, record);
    expect(written(bytes)).toBe(byLibrary(bytes));
  });

  it("writes a record as it is shown here", () => {
    const event: Record = create(RecordSchema, {
      kind: {
        case: "event",
        value: {
          id: "e-1",
          time: { seconds: 1_772_600_767n, nanos: 120_000_000 },
          observedTime: { seconds: -1n, nanos: 1 },
          type: "a.b",
          severity: 5,
          source: {},
          correlationKeys: ["", "k"],
          message: 'tab\t"quote" ü☠\u2028',
          data: { n: 1.5, big: 1e21, list: [null, true, false, -7, {}, []] },
          reasoning: { confidence: 0.5 },
        },
      },
    });
    expect(written(toBinary(RecordSchema, event))).toBe(
      '{"event":{"id":"e-1","time":"2026-03-04T05:06:07.120Z","observedTime":"1969-12-31T23:59:59.000000001Z","type":"a.b",' +
        '"severity":"SEVERITY_CRITICAL","source":{},"correlationKeys":["","k"],"message":"tab\\t\\"quote\\" ü☠\u2028",' +
        '"data":{"n":1.5,"big":1e+21,"list":[null,true,false,-7,{},[]]},"reasoning":{"confidence":0.5}}}',
    );
  });

  it("says of every record that keeps the rules what protobuf-es says", { timeout: 60_000 }, () => {
    let usual = 0;
    fc.assert(
      fc.property(validRecordBytes, (bytes) => {
        const text = written(bytes);
        if (text === undefined) return;
        usual++;
        expectSame(text, byLibrary(bytes));
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // What an encoder writes is usual.
    expect(usual).toBe(RUNS);
  });

  it("says of bytes of any form that the scan takes what protobuf-es says, or leaves them to it", { timeout: 60_000 }, () => {
    let usual = 0;
    let taken = 0;
    const compare = (bytes: Uint8Array) => {
      if (!scanRecord(bytes).ok) return;
      taken++;
      const text = written(bytes);
      if (text === undefined) return;
      usual++;
      expectSame(text, byLibrary(bytes));
    };
    for (const record of [sampleEvent(), sampleFinding(), sampleCorrelation()]) {
      for (const bytes of boundaryVariants(wireTree(RecordSchema, toBinary(RecordSchema, record)))) compare(bytes);
    }
    fc.assert(
      fc.property(validRecordBytes, mutations, (valid, changes) => compare(mutate(wireTree(RecordSchema, valid), changes))),
      { numRuns: RUNS, seed: SEED },
    );
    expect(usual / taken).toBeGreaterThan(0.3);
    expect(usual / taken).toBeLessThan(1);
  });

  it.each([
    ["what JSON escapes", characters(0, 60)],
    ["the rest of ASCII", characters(60, 120)],
    ["its end, and a key that is escaped", { ...characters(120, 129), [`a"\n`]: 1 }],
  ])("writes %s as JSON.stringify does", (_, data) => {
    const bytes = eventBytes(data);
    expect(written(bytes)).toBe(byLibrary(bytes));
  });

  it.each([0, -0, 1, -1, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53, 0.1, 1e-7, 5e-324, Number.MAX_VALUE])(
    "writes the number %d as JSON.stringify does",
    (n) => {
      const bytes = eventBytes({ n });
      expect(written(bytes)).toBe(byLibrary(bytes));
    },
  );

  it("keeps a key that objects take for their prototype", () => {
    const bytes = eventBytes({}, JSON.parse('{"__proto__":"x"}') as { [name: string]: string });
    expect(written(bytes)).toContain('"labels":{"__proto__":"x"}');
  });

  it("decodes what has a key twice, whose last value counts, and what has more keys than are compared", () => {
    const many = eventBytes({}, Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, "v"])));
    const twice = eventBytes({}, { a: "1", b: "2" });
    twice[twice.indexOf("b".charCodeAt(0), twice.length - 8)] = "a".charCodeAt(0);
    for (const bytes of [many, twice]) {
      expect(written(bytes)).toBeUndefined();
      out.length = 0;
      putJson(out, "before ");
      putRecordJson(out, { bytes, decoded: () => fromBinary(RecordSchema, bytes) });
      expect(Buffer.from(out.bytes.subarray(0, out.length)).toString()).toBe(`before ${byLibrary(bytes)}`);
    }
    expect(byLibrary(twice)).toContain('"labels":{"a":"2"}');
  });

  it("throws for what has no JSON form, and leaves what stood before", () => {
    const bytes = eventBytes({ n: 1.5 });
    new DataView(bytes.buffer, bytes.byteOffset).setFloat64(bytes.indexOf(0x11) + 1, Infinity, true);
    out.length = 0;
    putJson(out, "before");
    expect(() => putRecordJson(out, { bytes, decoded: () => fromBinary(RecordSchema, bytes) })).toThrow(/google.protobuf.Value/);
    expect(out.length).toBe("before".length);
  });
});
