import { sampleCorrelation, sampleEvent, sampleFinding } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { attributesOf, decodeRequest, decodedSpans, recodeRequest } from "../../test/otlp-reference.ts";
import { encodeRecords, eventSpan, writtenAttributes } from "../../test/written-span.ts";
import { putArray, putBool, putDouble, putNumber, putString } from "../enricher/attribute-set.ts";
import type { RecordBodyOf } from "../processor/write-span.ts";
import { createOtlpEncoder } from "./otlp-encoder.ts";
import type { SpanBatch } from "./otlp-encoder.ts";

const configured = [
  { key: "deployment.environment.name", value: "prod" },
  { key: "empty", value: "" },
];

const samples: readonly RecordBodyOf[] = [
  { case: "event", value: sampleEvent() },
  { case: "finding", value: sampleFinding() },
  { case: "correlation", value: sampleCorrelation() },
  { case: "event", value: sampleEvent({ id: "event-2", source: { kind: "falco" } }) },
];

function eventOf(index: number, kind: string, message = ""): RecordBodyOf {
  return { case: "event", value: sampleEvent({ id: `event-${index}`, message, source: { kind } }) };
}

/** The service and the record ids of each Resource. */
function outline(request: Uint8Array): unknown {
  return (decodeRequest(request).resourceSpans ?? []).map(({ resource, scopeSpans }) => [
    attributesOf(resource)["service.name"],
    ...scopeSpans.flatMap(({ spans }) => spans.map((span) => attributesOf(span)["tapio.record.id"])),
  ]);
}

function batchOf(records: readonly RecordBodyOf[]): SpanBatch {
  const encoder = createOtlpEncoder([]);
  for (const record of records) encoder.add(record);
  return encoder.finish();
}

describe("createOtlpEncoder", () => {
  it("makes of the three kinds of record the request of the golden file", async () => {
    const request = encodeRecords(samples, [configured[0] ?? { key: "", value: "" }]);
    await expect(`${JSON.stringify(decodeRequest(request), undefined, 2)}\n`).toMatchFileSnapshot("../testdata/golden-request.json");
  });

  it("writes byte for byte what OpenTelemetry's own encoder writes", () => {
    const long = "x".repeat(4_000);
    for (const records of [
      samples,
      [eventOf(1, "a", long)],
      Array.from({ length: 300 }, (_, index) => eventOf(index, `kind-${index % 3}`, long)),
    ]) {
      const request = encodeRecords(records, configured);
      expect(request.length).toBeGreaterThan(1000);
      expect(Buffer.from(request).equals(recodeRequest(request))).toBe(true);
    }
  });

  it("encodes nothing as the empty request", () => {
    expect(encodeRecords([])).toEqual(new Uint8Array(0));
  });

  it("brings spans of equal sources together under one Resource, in the order of their first span", () => {
    const records = ["agent", "falco", "agent", "agent", "falco"].map((kind, index) => eventOf(index, kind));
    expect(outline(encodeRecords(records))).toEqual([
      ["agent", "event-0", "event-2", "event-3"],
      ["falco", "event-1", "event-4"],
    ]);
  });

  it("makes requests of any part of a batch, as often as they are asked for", () => {
    const batch = batchOf(["agent", "falco", "agent", "agent", "falco"].map((kind, index) => eventOf(index, kind)));
    expect(batch.count).toBe(5);
    expect(outline(batch.request(1, 4))).toEqual([
      ["falco", "event-1"],
      ["agent", "event-2", "event-3"],
    ]);
    expect(outline(batch.request(4, 5))).toEqual([["falco", "event-4"]]);
    expect(batch.request(0, 5)).toEqual(
      encodeRecords(["agent", "falco", "agent", "agent", "falco"].map((kind, index) => eventOf(index, kind))),
    );
    expect(batch.request(2, 2)).toEqual(new Uint8Array(0));
  });

  it("leaves a record out that cannot be encoded, and nothing of it behind", () => {
    const broken = sampleEvent({ id: "broken" });
    Object.defineProperty(broken, "labels", {
      get: () => {
        throw new Error("no labels");
      },
    });
    const encoder = createOtlpEncoder([]);
    encoder.add(eventOf(1, "agent"));
    expect(() => encoder.add({ case: "event", value: broken })).toThrow("no labels");
    encoder.add(eventOf(2, "agent"));
    const batch = encoder.finish();
    expect(batch.count).toBe(2);
    expect(batch.request(0, 2)).toEqual(encodeRecords([eventOf(1, "agent"), eventOf(2, "agent")]));
  });

  it("keeps a batch as it was while the next one is made", () => {
    const encoder = createOtlpEncoder([]);
    encoder.add(eventOf(1, "agent"));
    const first = encoder.finish();
    const request = first.request(0, 1);
    encoder.add(eventOf(2, "falco"));
    const second = encoder.finish();
    second.request(0, 1);
    expect(outline(request)).toEqual([["agent", "event-1"]]);
    first.release();
    encoder.add(eventOf(3, "third"));
    const third = encoder.finish();
    expect(outline(second.request(0, 1))).toEqual([["falco", "event-2"]]);
    expect(outline(third.request(0, 1))).toEqual([["third", "event-3"]]);
  });

  it("fills the room of batches that are done with again, unless it is unusually large", () => {
    const encoder = createOtlpEncoder([]);
    const roomOf = (message: string, events: number): ArrayBuffer => {
      for (let event = 0; event < events; event++) encoder.add(eventOf(event, "agent", message));
      const batch = encoder.finish();
      const { buffer } = batch.request(0, events);
      batch.release();
      return buffer;
    };
    const [first, second] = [roomOf("long", 10), roomOf("long", 10)];
    expect(second).not.toBe(first);
    expect(roomOf("short", 9)).toBe(first);
    expect(roomOf("short", 10)).toBe(second);
    const large = roomOf("x".repeat(4000), 1500);
    expect(large.byteLength).toBeGreaterThan(6_000_000);
    expect(roomOf("short", 9)).toBe(second);
    expect(roomOf("short", 9)).not.toBe(large);
  });

  it("keeps nanoseconds up to the last bit of a fixed64", () => {
    expect(eventSpan(sampleEvent()).startTimeUnixNano).toBe(1_772_600_767_123_456_789n);
    expect(eventSpan(sampleEvent({ time: { seconds: 253_402_300_799n } })).endTimeUnixNano).toBe((1n << 64n) - 1n);
  });

  it("leaves the status's words out where there are none", () => {
    const [span] = decodedSpans(
      decodeRequest(encodeRecords([{ case: "event", value: sampleEvent({ message: "", error: { code: "E" } }) }])),
    );
    expect(span?.status).toEqual({ code: "STATUS_CODE_ERROR" });
  });
});

describe("attributes", () => {
  it("keep their types, also when they hold a default", () => {
    const { attributes, droppedCount } = writtenAttributes((set) => {
      putString(set, "none", "");
      putString(set, "long", "ä".repeat(3000));
      putBool(set, "bool", false);
      putNumber(set, "zero", 0);
      putNumber(set, "negative", -42);
      putNumber(set, "large", Number.MAX_SAFE_INTEGER);
      putNumber(set, "small", Number.MIN_SAFE_INTEGER);
      putNumber(set, "larger", 2 ** 53);
      putDouble(set, "double", 1);
      putArray(set, "strings", ["a", "b"]);
      putArray(set, "ints", [1, -2]);
      putArray(set, "doubles", [1, 2.5]);
      putArray(set, "bools", [true, false]);
    });
    expect(attributes).toEqual([
      { key: "long", type: "string", value: "ä".repeat(3000) },
      { key: "bool", type: "bool", value: false },
      { key: "zero", type: "int", value: 0 },
      { key: "negative", type: "int", value: -42 },
      { key: "large", type: "int", value: 9_007_199_254_740_991 },
      { key: "small", type: "int", value: -9_007_199_254_740_991 },
      { key: "larger", type: "double", value: 9_007_199_254_740_992 },
      { key: "double", type: "double", value: 1 },
      { key: "strings", type: "array", value: ["a", "b"] },
      { key: "ints", type: "array", value: [1, -2] },
      { key: "doubles", type: "array", value: [1, 2.5] },
      { key: "bools", type: "array", value: [true, false] },
    ]);
    expect(droppedCount).toBe(0);
  });
});
