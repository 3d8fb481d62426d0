import { fromBinary } from "@bufbuild/protobuf";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { recordFromJson } from "./record-from-json.ts";

const event = {
  id: "a",
  time: "2026-11-01T12:00:00.123456789Z",
  type: "x.y",
  severity: "SEVERITY_WARNING",
  data: { deep: [{ a: 1 }], none: null },
};

function decoded(json: unknown): unknown {
  const read = recordFromJson(json);
  if (!read.ok) throw new Error(JSON.stringify(read.problem));
  return fromBinary(RecordSchema, read.bytes).kind.value;
}

describe("a record in JSON", () => {
  it("is encoded, with its id told", () => {
    expect(recordFromJson({ event })).toMatchObject({ ok: true, id: "a" });
    expect(decoded({ event })).toMatchObject({
      id: "a",
      severity: Severity.WARNING,
      time: { nanos: 123_456_789 },
      data: { deep: [{ a: 1 }], none: null },
    });
  });

  it.each(["WARNING", "warning", "SEVERITY_WARNING", 3])("takes the severity %s", (severity) => {
    expect(decoded({ event: { ...event, severity } })).toMatchObject({ severity: Severity.WARNING });
  });

  it("takes names as JSON has them and as the .proto has them", () => {
    expect(decoded({ event: { ...event, correlationKeys: ["k"] } })).toMatchObject({ correlationKeys: ["k"] });
    expect(decoded({ event: { ...event, correlation_keys: ["k"] } })).toMatchObject({ correlationKeys: ["k"] });
  });

  it("takes short enum names wherever they stand", () => {
    expect(decoded({ correlation: { id: "c", kind: "causal", members: [{ record: { recordId: "a" } }] } })).toMatchObject({ kind: 3 });
    expect(decoded({ finding: { id: "f", state: "OPEN" } })).toMatchObject({ state: 1 });
  });

  it("does not change what it was given", () => {
    const given = { event: { ...event, severity: "INFO" } };
    recordFromJson(given);
    expect(given.event.severity).toBe("INFO");
  });
});

describe("a record in JSON that is wrong", () => {
  it.each<[string, unknown, string, RegExp]>([
    ["no object", 7, "record", /^must be an object such as /],
    ["a list", [], "record", /^must be an object such as /],
    ["no kind", {}, "kind", /^must hold one of event, finding and correlation/],
    ["an unknown kind", { evnt: {} }, "evnt", /^is not a field; a record has event, finding, correlation$/],
    [
      "half of a character in data",
      { event: { ...event, data: { a: [1, "x\ud800"] } } },
      'event.data["a"][1]',
      /^has half of a surrogate pair/,
    ],
    [
      "half of a character in a key",
      { event: { ...event, data: { b: { "\udc00": 1 } } } },
      'event.data["b"]',
      /^has half of a surrogate pair/,
    ],
    [
      "a field under both of its names",
      { event: { ...event, observedTime: null, observed_time: null } },
      "event.observed_time",
      /^stands beside observedTime/,
    ],
    ["two kinds", { event, finding: { id: "f" } }, "finding", /^stands beside event: only one of them can be set$/],
    ["an event that is a text", { event: "a" }, "event", /^must be an object$/],
    ["an unknown field", { event: { ...event, sevrity: 1 } }, "event.sevrity", /^is not a field; it has id, time, /],
    [
      "an unknown severity",
      { event: { ...event, severity: "LOUD" } },
      "event.severity",
      /^must be one of SEVERITY_DEBUG, .*SEVERITY_CRITICAL$/,
    ],
    ["a time that is none", { event: { ...event, time: "noon" } }, "event.time", /^must be a time in RFC 3339/],
    ["an id that is a number", { event: { ...event, id: 5 } }, "event.id", /^must be a text$/],
    ["labels that are no texts", { event: { ...event, labels: { a: 1 } } }, "event.labels", /^must be an object whose values are texts$/],
    [
      "keys that are no list",
      { event: { ...event, correlationKeys: "k" } },
      "event.correlation_keys",
      /^must be a list, each item a text$/,
    ],
    [
      "a field deep inside",
      { finding: { id: "f", evidence: [{ record: { recordId: "a" } }, { weight: "much" }] } },
      "finding.evidence[1].weight",
      /^must be a number$/,
    ],
    ["an item that is no object", { event: { ...event, resources: [null] } }, "event.resources[0]", /^must be an object$/],
    ["data that is a list", { event: { ...event, data: [] } }, "event.data", /^must be an object/],
  ])("with %s names the field", (_name, json, field, reason) => {
    expect(recordFromJson(json)).toMatchObject({ ok: false, problem: { field, reason: expect.stringMatching(reason) as string } });
  });

  it("tells the id where it can be read", () => {
    expect(recordFromJson({ event: { ...event, severity: "LOUD" } })).toMatchObject({ problem: { id: "a" } });
    expect(recordFromJson({ event: { severity: "LOUD" } })).toMatchObject({
      ok: false,
      problem: expect.not.objectContaining({ id: expect.anything() as unknown }) as object,
    });
  });

  it("nested without end is refused, and nothing overflows", () => {
    let data: unknown = 1;
    for (let level = 0; level < 2_000; level++) data = { a: data };
    expect(recordFromJson({ event: { ...event, data } })).toMatchObject({ ok: false, problem: { id: "a", field: "event.data" } });
  });
});
