import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { viewOf } from "../create-record-view.ts";
import { encodeRecord } from "../encode/encode-record.ts";
import type { RecordView } from "../record-view.ts";
import { sampleEvent, sampleFinding } from "../testdata/sample-records.ts";
import { compileOrderingKey } from "./compile-ordering-key.ts";

function view(record: Record): RecordView {
  const result = viewOf(encodeRecord(record));
  if (!result.ok) throw new Error(result.problem.reason);
  return result.view;
}

function eventWith(fields: MessageInitShape<typeof EventSchema>): RecordView {
  const value = create(EventSchema, {
    id: "e",
    type: "a.b",
    time: create(TimestampSchema, { seconds: 1n }),
    severity: Severity.INFO,
    ...fields,
  });
  return view(create(RecordSchema, { kind: { case: "event", value } }));
}

describe("an ordering key without an expression", () => {
  const key = compileOrderingKey("");

  it("is the record's first resource, of whatever kind the record is", () => {
    expect([view(sampleEvent()), view(sampleFinding())].map(key)).toEqual(["pod/prod/checkout-7d4b9", "pod/prod/checkout-7d4b9"]);
  });

  it.each([
    [[], undefined],
    [[{ kind: "node" }], undefined],
    [[{ kind: "node", name: "node-12" }], "node//node-12"],
    [[{ kind: "container", namespace: "prod", uid: "9b2f" }], "container/prod/9b2f"],
  ])("of %j is %s", (resources, expected) => {
    expect(key(eventWith({ resources }))).toBe(expected);
  });
});

describe("an ordering key by an expression", () => {
  it.each([
    ['event.labels["team"]', "core"],
    ["event.data.exit.code", "137"],
    ["event.severity == Severity.SEVERITY_CRITICAL", "true"],
    ["event.resources.size()", "4"],
    ['has(event.labels.tenant) ? event.labels.tenant : "none"', "none"],
  ])("%s is %s", (expression, expected) => {
    expect(compileOrderingKey(expression)(view(sampleEvent()))).toBe(expected);
  });

  it.each([
    ["what is missing", 'event.labels["absent"]'],
    ["what is empty", 'event.labels.team == "core" ? "" : "other"'],
    ["a kind that the record is not of", "finding.key"],
    ["what is no single value in this record", "event.data.exit"],
  ])("is none for %s", (_, expression) => {
    expect(compileOrderingKey(expression)(view(sampleEvent()))).toBeUndefined();
  });

  it("is cut at 512 characters", () => {
    expect(compileOrderingKey("event.message")(eventWith({ message: "x".repeat(600) }))).toBe("x".repeat(512));
  });

  it.each([
    ["event.labels[", /expecting/],
    ["evnt.id", /no variable "evnt"/],
    ["event.nope", /has no field "nope"/],
    ["event.resources", /gives no text, number, true or false/],
    ["event.source", /gives no text, number, true or false/],
  ])("%s is refused when it is compiled", (expression, message) => {
    expect(() => compileOrderingKey(expression)).toThrow(
      expect.objectContaining({ name: "FilterError", field: "ordering_key", message: expect.stringMatching(message) as string }) as Error,
    );
  });
});
