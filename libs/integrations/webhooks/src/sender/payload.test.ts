import { readFile } from "node:fs/promises";
import { create, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordSchema, type Record as TapioRecord } from "@tapio/contracts/domain/v1/record";
import { awkwardViews, sampleCorrelation, sampleEvent, sampleFinding } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { encodePayload } from "./payload.ts";

const samples: Readonly<Record<string, TapioRecord>> = {
  event: create(RecordSchema, { kind: { case: "event", value: sampleEvent() } }),
  finding: create(RecordSchema, { kind: { case: "finding", value: sampleFinding() } }),
  correlation: create(RecordSchema, { kind: { case: "correlation", value: sampleCorrelation() } }),
};

function parse(bytes: Uint8Array): Record<string, JsonValue> {
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, JsonValue>;
}

describe("encodePayload", () => {
  it.each(["event", "finding", "correlation"])("writes the golden payload of a whole %s", async (kind) => {
    const record = samples[kind] ?? create(RecordSchema);
    const golden = await readFile(new URL(`../testdata/${kind}.json`, import.meta.url), "utf8");
    expect(`${JSON.stringify(parse(encodePayload(record)), undefined, 2)}\n`).toBe(golden);
  });

  it("keeps the nanoseconds, and the order that people read in", () => {
    const payload = parse(encodePayload(samples["event"] ?? create(RecordSchema)));
    expect(Object.keys(payload)).toEqual(["type", "timestamp", "kind", "id", "data"]);
    expect(payload["timestamp"]).toBe("2026-03-04T05:06:07.123456789Z");
  });

  it("has data from which the same record is read, whatever its texts are", () => {
    for (const record of [...Object.values(samples), ...awkwardViews().map((view) => view.decoded())]) {
      const { data } = parse(encodePayload(record));
      expect(fromJson(RecordSchema, data ?? null)).toEqual(record);
    }
  });

  it("throws for a record without a kind, and for one with a number that JSON does not have", () => {
    expect(() => encodePayload(create(RecordSchema))).toThrow("neither an event, a finding nor a correlation");
    const infinite = create(EventSchema, { id: "e", type: "a", time: { seconds: 0n }, data: { size: Number.POSITIVE_INFINITY } });
    expect(() => encodePayload(create(RecordSchema, { kind: { case: "event", value: infinite } }))).toThrow(/google.protobuf.Value/);
  });
});
