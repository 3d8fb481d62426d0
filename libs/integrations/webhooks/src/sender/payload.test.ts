import { readFile } from "node:fs/promises";
import { create, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { awkwardViews, sampleCorrelation, sampleEvent, sampleFinding, sampleView } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { encodeMessage, encodePayload } from "./payload.ts";

const samples = [sampleView(sampleEvent()), sampleView(sampleFinding()), sampleView(sampleCorrelation())];

function parse(bytes: Uint8Array): Record<string, JsonValue> {
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, JsonValue>;
}

describe("encodePayload", () => {
  it.each([
    ["event", sampleEvent()],
    ["finding", sampleFinding()],
    ["correlation", sampleCorrelation()],
  ])("writes the golden payload of a whole %s", async (kind, message) => {
    const golden = await readFile(new URL(`../testdata/${kind}.json`, import.meta.url), "utf8");
    expect(`${JSON.stringify(parse(encodePayload(sampleView(message))), undefined, 2)}\n`).toBe(golden);
  });

  it("keeps the nanoseconds, and the order that people read in", () => {
    const payload = parse(encodePayload(sampleView(sampleEvent())));
    expect(Object.keys(payload)).toEqual(["type", "timestamp", "kind", "id", "data"]);
    expect(payload["timestamp"]).toBe("2026-03-04T05:06:07.123456789Z");
  });

  it("has data from which the same record is read, whatever its texts are", () => {
    for (const view of [...samples, ...awkwardViews()]) {
      const { data } = parse(encodePayload(view));
      expect(fromJson(RecordSchema, data ?? null)).toEqual(view.decoded());
    }
  });

  it("gives each payload bytes of its own", () => {
    const [event, finding] = samples.map(encodePayload);
    expect(parse(event ?? new Uint8Array())["kind"]).toBe("event");
    expect(parse(finding ?? new Uint8Array())["kind"]).toBe("finding");
  });

  it("writes what is encoded in an unusual order as it is", () => {
    const view = sampleView(sampleEvent());
    // The message again, behind all other fields: readers keep the last.
    const more = Buffer.from([0x5a, 1, 0x78]);
    const body = Buffer.concat([view.bytes.subarray(3), more]);
    const bytes = Buffer.concat([Buffer.from([0x0a, (body.length & 0x7f) | 0x80, body.length >> 7]), body]);
    const decoded = () => create(RecordSchema, { kind: { case: "event", value: sampleEvent({ message: "x" }) } });
    const unusual = { header: view.header, bytes, size: bytes.length, decoded, decodedOnce: decoded };
    expect(parse(encodePayload(unusual))["data"]).toMatchObject({ event: { id: "event-1", message: "x" } });
  });
});

describe("encodeMessage", () => {
  it("writes byte for byte what is written of the message's bytes", () => {
    for (const view of [...samples, ...awkwardViews()]) {
      expect(Buffer.from(encodeMessage(view.decoded())).toString()).toBe(Buffer.from(encodePayload(view)).toString());
    }
  });

  it("throws for a record without a kind, and for one with a number that JSON does not have", () => {
    expect(() => encodeMessage(create(RecordSchema))).toThrow("neither an event, a finding nor a correlation");
    const infinite = create(EventSchema, { id: "e", type: "a", time: { seconds: 0n }, data: { size: Number.POSITIVE_INFINITY } });
    expect(() => encodeMessage(create(RecordSchema, { kind: { case: "event", value: infinite } }))).toThrow(/google.protobuf.Value/);
  });
});
