import { create, toBinary } from "@bufbuild/protobuf";
import { RecordKind, RecordSchema } from "@tapio/contracts/domain/v1/record";
import type { Record } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import type { Outcome } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { sampleCorrelation, sampleEvent, sampleFinding } from "../testdata/sample-records.ts";
import { ascii, field, id, severity, time, type } from "../testdata/wire-fields.ts";
import { scanRecord } from "./scan-record.ts";

function event(change: (event: Extract<Record["kind"], { case: "event" }>["value"]) => void): Uint8Array {
  const record = sampleEvent();
  if (record.kind.case === "event") change(record.kind.value);
  return toBinary(RecordSchema, record);
}

function finding(change: (finding: Extract<Record["kind"], { case: "finding" }>["value"]) => void): Uint8Array {
  const record = sampleFinding();
  if (record.kind.case === "finding") change(record.kind.value);
  return toBinary(RecordSchema, record);
}

function correlation(change: (c: Extract<Record["kind"], { case: "correlation" }>["value"]) => void): Uint8Array {
  const record = sampleCorrelation();
  if (record.kind.case === "correlation") change(record.kind.value);
  return toBinary(RecordSchema, record);
}

const minimal = [id, time, type, severity];

function problemOf(bytes: Uint8Array): { field: string; reason: string; id?: string } {
  const scan = scanRecord(bytes);
  if (scan.ok) throw new Error("the scan accepted the record");
  return scan.problem;
}

describe("the header", () => {
  it("of an event has all that routing needs", () => {
    expect(scanRecord(toBinary(RecordSchema, sampleEvent()))).toEqual({
      ok: true,
      header: {
        kind: RecordKind.EVENT,
        id: "event-1",
        timeSeconds: 1_790_000_000,
        timeNanos: 123_456_789,
        type: "kernel.container.oom_kill",
        severity: Severity.CRITICAL,
        namespaces: ["prod", "zahlung-ü"],
      },
    });
  });

  it("of a finding and of a correlation has their kind", () => {
    expect(scanRecord(toBinary(RecordSchema, sampleFinding()))).toMatchObject({ header: { kind: RecordKind.FINDING, id: "finding-1" } });
    expect(scanRecord(toBinary(RecordSchema, sampleCorrelation()))).toMatchObject({
      header: { kind: RecordKind.CORRELATION, id: "correlation-1" },
    });
  });

  it("reads times before 1970", () => {
    const bytes = event((e) => (e.time = { $typeName: "google.protobuf.Timestamp", seconds: -62_135_596_800n, nanos: 1 }));
    expect(scanRecord(bytes)).toMatchObject({ header: { timeSeconds: -62_135_596_800, timeNanos: 1 } });
  });

  it("does not depend on the order of the fields, and skips fields that are not known", () => {
    const unknown = [
      new Uint8Array([0xf8, 0x07, 0xff, 0x01]),
      field(126, 1, 2),
      new Uint8Array([0xf1, 0x07, 1, 2, 3, 4, 5, 6, 7, 8]),
      new Uint8Array([0xf5, 0x07, 1, 2, 3, 4]),
    ];
    const bytes = new Uint8Array([...field(90, 1), ...field(1, severity, ...unknown, type, time, id)]);
    expect(scanRecord(bytes)).toMatchObject({
      ok: true,
      header: { kind: RecordKind.EVENT, id: "abc", severity: 3, type: "a.b", timeSeconds: 1 },
    });
  });
});

describe("a refusal names the field", () => {
  const timestamp = (seconds: bigint, nanos = 0) => ({ $typeName: "google.protobuf.Timestamp" as const, seconds, nanos });
  it.each<[string, Uint8Array, string, RegExp]>([
    ["no kind", new Uint8Array(0), "kind", /missing; set one of event, finding, correlation/],
    ["an empty event", field(1), "event.id", /missing; it must be 1 to 128 letters/],
    ["no time", field(1, id, type, severity), "event.time", /missing; set it/],
    ["a bad id", event((e) => (e.id = "a b")), "event.id", /is "a b"; it must be 1 to 128/],
    ["an id of 129 letters", event((e) => (e.id = "a".repeat(129))), "event.id", /"a{64}\.\.\."/],
    ["an empty type", field(1, id, time, field(4), severity), "event.type", /missing or empty/],
    ["a type of nine segments", event((e) => (e.type = "a.b.c.d.e.f.g.h.i")), "event.type", /one to eight segments/],
    ["a segment of 65 letters", event((e) => (e.type = `a.${"b".repeat(65)}`)), "event.type", /1 to 64/],
    ["a type with an empty segment", event((e) => (e.type = "a..b")), "event.type", /segments/],
    ["a type that ends with a dot", event((e) => (e.type = "a.")), "event.type", /segments/],
    ["a type with a bad letter", event((e) => (e.type = "a.ü")), "event.type", /segments/],
    ["no severity", event((e) => (e.severity = 0)), "event.severity", /missing/],
    ["no severity on the wire", field(1, id, time, type), "event.severity", /missing; set it to one of SEVERITY_DEBUG, SEVERITY_INFO/],
    ["severity 0", field(1, id, time, type, new Uint8Array([0x28, 0])), "event.severity", /is 0, which is none of SEVERITY_DEBUG \(1\)/],
    ["an unknown severity", event((e) => (e.severity = 9 as Severity)), "event.severity", /is 9/],
    ["an unknown outcome", event((e) => (e.outcome = -1 as Outcome)), "event.outcome", /is -1/],
    [
      "a time after the year 9999",
      event((e) => (e.time = timestamp(253_402_300_800n))),
      "event.time.seconds",
      /from -62135596800 to 253402300799/,
    ],
    [
      "nanoseconds of a whole second",
      event((e) => (e.observedTime = timestamp(1n, 1_000_000_000))),
      "event.observed_time.nanos",
      /999999999/,
    ],
    ["negative nanoseconds", event((e) => (e.time = timestamp(1n, -1))), "event.time.nanos", /from 0/],
    [
      "a trace id in capitals",
      event((e) => (e.trace = { ...e.trace!, traceId: "4BF92F3577B34DA6A3CE929D0E0E4736" })),
      "event.trace.trace_id",
      /32 lower-case/,
    ],
    [
      "trace flags over a byte",
      event((e) => (e.trace = { ...e.trace!, flags: 256 })),
      "event.trace.flags",
      /^must be a number from 0 to 255$/,
    ],
    ["confidence over 1", event((e) => (e.reasoning = { ...e.reasoning!, confidence: 1.1 })), "event.reasoning.confidence", /from 0 to 1/],
    ["confidence that is no number", finding((f) => (f.confidence = NaN)), "finding.confidence", /from 0 to 1/],
    ["evidence of no record", finding((f) => delete f.evidence[1]!.record), "finding.evidence[1].record", /missing/],
    [
      "evidence with a bad record id",
      finding((f) => (f.evidence[1]!.record!.recordId = "?")),
      "finding.evidence[1].record.record_id",
      /is "\?"/,
    ],
    ["a negative weight", finding((f) => (f.evidence[0]!.weight = -1)), "finding.evidence[0].weight", /from 0 to 1/],
    ["no members", correlation((c) => (c.members = [])), "correlation.members", /missing; it needs at least one/],
    ["an unknown correlation kind", correlation((c) => (c.kind = 0)), "correlation.kind", /missing/],
    [
      "a causal edge without a cause",
      correlation((c) => (c.causalChain[0]!.causeId = "")),
      "correlation.causal_chain[0].cause_id",
      /missing/,
    ],
    [
      "a number that JSON cannot carry",
      event((e) => (e.data = { a: { b: [1, Infinity] } })),
      'event.data.fields["a"].struct_value.fields["b"].list_value.values[1].number_value',
      /not a finite number/,
    ],
    [
      "a value without a kind",
      field(1, ...minimal, field(13, field(1, field(1, ascii("k")), field(2)))),
      'event.data.fields["k"].kind',
      /set one of null_value/,
    ],
  ])("%s", (_, bytes, path, reason) => {
    const problem = problemOf(bytes);
    expect(problem.field).toBe(path);
    expect(problem.reason).toMatch(reason);
  });

  it("and the record's id, where it was read", () => {
    expect(problemOf(event((e) => (e.severity = 9 as Severity))).id).toBe("event-1");
    expect(problemOf(field(1, severity, severity))).not.toHaveProperty("id");
  });
});

describe("what readers may read differently is refused", () => {
  it.each<[string, Uint8Array, string]>([
    ["a field that comes twice", field(1, ...minimal, severity), "event.severity"],
    ["a message that comes twice", field(1, ...minimal, time), "event.time"],
    ["two kinds", new Uint8Array([...field(1, ...minimal), ...field(2, ...minimal)]), "finding"],
    ["one kind twice", new Uint8Array([...field(1, ...minimal), ...field(1, ...minimal)]), "event"],
    [
      "a value of two kinds",
      field(1, ...minimal, field(13, field(1, field(1, ascii("k")), field(2, 0x08, 0, 0x20, 1)))),
      'event.data.fields["k"].bool_value',
    ],
    ["two keys in one map entry", field(1, ...minimal, field(12, field(1, ascii("k")), field(1, ascii("l")))), 'event.labels["k"]'],
  ])("%s", (_, bytes, path) => {
    expect(problemOf(bytes)).toMatchObject({ field: path, reason: expect.stringContaining("more than once") });
  });
});

describe("broken wire form is refused", () => {
  const tenBytes = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  it.each<[string, Uint8Array, string, RegExp]>([
    ["bad UTF-8", field(1, ...minimal, field(11, 0xc0, 0x80)), "event.message", /UTF-8/],
    ["bad UTF-8 in a map's key", field(1, ...minimal, field(12, field(1, 0xff))), 'event.labels["\ufffd"]', /UTF-8/],
    ["a string with the wire type of a number", field(1, 0x08, 1), "event.id", /wire type 0 in place of 2/],
    ["a field number 0", field(1, ...minimal, 0x02, 0), "event", /number 0/],
    ["a field number that is too large", field(1, 0xf8, 0xff, 0xff, 0xff, 0x1f, 0), "event", /29 bits/],
    ["a group", field(1, ...minimal, 0xfb, 0x07, 0xfc, 0x07), "event", /group/],
    ["a wire type that does not exist", field(1, ...minimal, 0xfe, 0x07), "event", /wire type 6/],
    ["a number of eleven bytes", field(1, ...minimal, 0xf8, 0x07, ...tenBytes, 0xff, 0x01), "event", /64 bits/],
    ["a number of 65 bits", field(1, ...minimal, 0xf8, 0x07, ...tenBytes, 0x02), "event", /64 bits/],
    ["a number that is cut off", field(1, ...minimal, 0xf8, 0x07, 0x80), "event", /cut off/],
    ["a known number that is cut off", field(1, id, time, type, 0x28), "event.severity", /cut off/],
    ["an unknown fixed number that is cut off", field(1, ...minimal, 0xf5, 0x07, 1, 2, 3), "event", /cut off/],
    ["a double that is cut off", field(2, ...minimal, 0x81, 0x01, 0, 0, 0), "finding.confidence", /cut off/],
    ["a length past the end", new Uint8Array([0x0a, 5, 1]), "event", /cut off/],
    ["a string that reaches past its message", field(1, ...minimal, 0x5a, 5), "event.message", /cut off/],
    ["an unknown length past the end", field(1, ...minimal, 0xfa, 0x07, 5), "event", /cut off/],
    ["a length of more than 32 bits", field(1, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f), "event.id", /cut off/],
    ["a broken tag of the record", new Uint8Array([0x80]), "record", /cut off/],
  ])("%s", (_, bytes, path, reason) => {
    const problem = problemOf(bytes);
    expect(problem.field).toBe(path);
    expect(problem.reason).toMatch(reason);
  });

  it("at every place where an encoded record is cut off, but for the end", () => {
    for (const record of [sampleEvent(), sampleFinding(), sampleCorrelation()]) {
      const bytes = toBinary(RecordSchema, record);
      for (let length = 0; length < bytes.length; length++) expect(scanRecord(bytes.subarray(0, length)).ok).toBe(false);
    }
  });

  it("takes data as deep as it can be decoded, and refuses one level more", () => {
    const nested = (levels: number): Uint8Array =>
      event((e) => {
        let data = {};
        for (let level = 0; level < levels; level++) data = { a: data };
        e.data = data;
      });
    // Record, Event and Struct are three levels; each further one is a Value and a Struct.
    expect(scanRecord(nested(48)).ok).toBe(true);
    expect(problemOf(nested(49)).reason).toMatch(/more than 100 levels/);
  });
});

describe("an empty record", () => {
  it("has no kind", () => {
    expect(problemOf(toBinary(RecordSchema, create(RecordSchema)))).toMatchObject({ field: "kind" });
  });
});

describe("a path", () => {
  it("stays short, however deep the field is", () => {
    let data = {};
    for (let level = 0; level < 60; level++) data = { ["k".repeat(500)]: data };
    const problem = problemOf(event((e) => (e.data = data)));
    expect(problem.field).toMatch(/^event\.data\.fields\["k{64}\.\.\."\]\.struct_value\..*\.\.\.$/);
    expect(problem.field.length).toBeLessThan(1_000);
  });
});
