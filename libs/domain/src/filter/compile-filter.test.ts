import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { RecordFilterSchema, RecordKind } from "@tapio/contracts/domain/v1/record";
import type { Record } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { viewOf } from "../create-record-view.ts";
import { encodeRecord } from "../encode/encode-record.ts";
import type { RecordView } from "../record-view.ts";
import { sampleCorrelation, sampleEvent, sampleFinding } from "../testdata/sample-records.ts";
import { compileFilter } from "./compile-filter.ts";
import type { CompiledFilter } from "./compile-filter.ts";
import { FilterError } from "./filter-error.ts";

function view(record: Record): RecordView {
  const result = viewOf(encodeRecord(record));
  if (!result.ok) throw new Error(result.problem.reason);
  return result.view;
}

/** A view that fails when it is decoded. */
function undecodable(record: Record): RecordView {
  return {
    ...view(record),
    decoded: () => {
      throw new Error("decoded without need");
    },
  };
}

const compile = (filter: MessageInitShape<typeof RecordFilterSchema>): CompiledFilter => compileFilter(create(RecordFilterSchema, filter));

function errorOf(filter: MessageInitShape<typeof RecordFilterSchema>): FilterError {
  try {
    compile(filter);
  } catch (reason) {
    if (reason instanceof FilterError) return reason;
    throw reason;
  }
  throw new Error("the filter compiled");
}

describe("a filter without conditions", () => {
  it.each([undefined, create(RecordFilterSchema)])("takes every record without decoding it", (filter) => {
    for (const record of [sampleEvent(), sampleFinding(), sampleCorrelation()]) {
      expect(compileFilter(filter).test(undecodable(record))).toEqual({ take: true });
    }
  });
});

describe("header clauses", () => {
  it("take a record when all of them do", () => {
    const filter = compile({
      kinds: [RecordKind.FINDING, RecordKind.EVENT],
      minSeverity: Severity.WARNING,
      types: ["other", "kernel.**"],
      namespaces: ["other", "zahlung-ü"],
    });
    expect(filter.test(undecodable(sampleEvent()))).toEqual({ take: true });
  });

  it.each<[string, MessageInitShape<typeof RecordFilterSchema>, string]>([
    ["kinds", { kinds: [RecordKind.EVENT, RecordKind.CORRELATION] }, "the kind is not event, correlation"],
    ["min_severity", { minSeverity: Severity.ERROR }, "the severity is below error"],
    ["types", { types: ["kernel.*", "memory.*"] }, "the type matches none of kernel.*, memory.*"],
    [
      "namespaces",
      { namespaces: Array.from({ length: 10 }, (_, at) => `n${at}`) },
      "no resource is in n0, n1, n2, n3, n4, n5, n6, n7 and 2 more",
    ],
  ])("%s leaves a record with the reason", (clause, filter, reason) => {
    expect(compile(filter).test(undecodable(sampleFinding()))).toEqual({ take: false, clause, reason });
  });

  it("come before the expression, which then does not decode", () => {
    const filter = compile({ minSeverity: Severity.CRITICAL, expression: "true" });
    expect(filter.test(undecodable(sampleFinding()))).toMatchObject({ clause: "min_severity" });
  });
});

describe("an expression", () => {
  it.each<[string, boolean]>([
    ['event.outcome == tapio.domain.v1.Outcome.OUTCOME_FAILURE && event.labels["team"] == "core"', true],
    ["event.outcome == Outcome.OUTCOME_SUCCESS", false],
    ["event.outcome == .tapio.domain.v1.Outcome.OUTCOME_FAILURE", true],
    ['event.labels.team == "core"', true],
    ['event.labels.exists(key, key == "team")', true],
    ["event.severity >= Severity.SEVERITY_ERROR", true],
    ['record.event.id == "event-1"', true],
    ["has(record.finding)", false],
    ["has(event.data.limit) && event.data.exit.code == 137", true],
    ['event.resources.exists(r, r.namespace == "prod" && r.attributes.exists(k, k == "image"))', true],
    ['event.resources[0].name.startsWith("checkout")', true],
    ['"prod" in event.resources.map(r, r.namespace)', true],
    ['event.time > timestamp("2026-01-01T00:00:00Z")', true],
    ['event.id.matches("^event-[0-9]+$")', true],
    ["type(event.id) == string && type(event.source) == tapio.domain.v1.Source", true],
    ['{"a": event.id}["a"] == "event-1" && [event.id] == ["event-1"]', true],
    ['event.error.code == "OOM_KILLED" || finding.key == "x"', true],
    ['finding.key == "x" || event.outcome == Outcome.OUTCOME_FAILURE', true],
    ["event.trace.flags == 1 && event.reasoning.confidence == 0.5 && event.data.exit.list[3] == 1.5", true],
  ])("%s: %s", (expression, taken) => {
    const result = compile({ expression }).test(view(sampleEvent()));
    expect(result).toEqual(taken ? { take: true } : { take: false, clause: "expression", reason: "the expression is false" });
  });

  it.each([
    ['event.labels["absent"] == "x"', /^no match: field not found: absent/],
    ["event.data.absent > 1", /^no match: /],
    ["event.resources[9].name == 'x'", /^no match: index 9/],
    ["finding.confidence > 0.5", /^no match: unresolved/],
    ["!(correlation.confidence > 0.5)", /^no match: unresolved/],
    ["event.data.process > 1", /^no match: found no matching overload/],
    ["event.data.limit", /^no match: the expression gives neither true nor false/],
  ])("%s is no match, and no error", (expression, reason) => {
    expect(compile({ expression }).test(view(sampleEvent()))).toMatchObject({
      take: false,
      clause: "expression",
      reason: expect.stringMatching(reason),
    });
  });

  it("tests findings and correlations by their own variables", () => {
    expect(compile({ expression: 'finding.evidence[1].record.record_id == "event-2"' }).test(view(sampleFinding()))).toEqual({
      take: true,
    });
    expect(compile({ expression: "correlation.members.size() == 2" }).test(view(sampleCorrelation()))).toEqual({ take: true });
  });
});

describe("a filter that cannot work is refused when it is compiled", () => {
  it.each<[MessageInitShape<typeof RecordFilterSchema>, string, RegExp]>([
    [{ kinds: [RecordKind.EVENT, RecordKind.UNSPECIFIED] }, "kinds[1]", /0 is no kind/],
    [{ kinds: [9 as RecordKind] }, "kinds[0]", /9 is no kind/],
    [{ minSeverity: 9 as Severity }, "min_severity", /9 is no severity; use DEBUG/],
    [{ types: ["a", "b*"] }, "types[1]", /"b\*": a star stands for a whole segment/],
    [{ expression: "1 +" }, "expression", /expecting end of input/],
    [{ expression: "evnt == 1" }, "expression", /no variable "evnt"; there are record, event, finding, correlation/],
    [{ expression: "toString" }, "expression", /no variable "toString"/],
    [{ expression: 'evnt.id == "a"' }, "expression", /no variable "evnt" .*no enum value "evnt.id"/],
    [{ expression: "event.outcome == Outcome.NOPE" }, "expression", /no enum value "Outcome.NOPE"/],
    [{ expression: "event.nope == 1" }, "expression", /Event has no field "nope"; it has id, time/],
    [{ expression: "event.resources.all(r, r.nope == 1)" }, "expression", /Resource has no field "nope"/],
    [{ expression: "event.time.seconds == 1" }, "expression", /plain value, which has no fields/],
    [{ expression: "event.resources.name == 'a'" }, "expression", /from a list, which has no fields/],
    [{ expression: "event.id.shout()" }, "expression", /no function "shout"/],
    [{ expression: "event.message" }, "expression", /neither true nor false/],
    [{ expression: 'event.severity > "x"' }, "expression", /no matching overload/],
    [{ expression: 'event.severity == "WARNING"' }, "expression", /number is compared with a string.*Severity\.SEVERITY_WARNING/],
    [{ expression: 'event.time != "2026"' }, "expression", /timestamp is compared with a string/],
    [{ expression: "event.id == true" }, "expression", /string is compared with a bool/],
    [{ expression: 'event.id.matches("(")' }, "expression", /error parsing regexp/],
    [{ expression: "event.resources.all(a, event.resources.all(b, event.resources.all(c, true)))" }, "expression", /2 deep/],
    [{ expression: `${"(".repeat(100_000)}true${")".repeat(100_000)}` }, "expression", /nests too deep/],
  ])("%j", (filter, field, message) => {
    const error = errorOf(filter);
    expect(error.field).toBe(field);
    expect(error.message).toMatch(message);
    expect(error.name).toBe("FilterError");
  });
});
