import { equals, fromBinary } from "@bufbuild/protobuf";
import { RecordKind, RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { expect, it } from "vitest";
import { awkwardViews } from "./awkward-views.ts";
import { sampleEvent } from "./sample-records.ts";
import { sampleViews, sampleView } from "./sample-views.ts";

it("overrides replace whole fields and leave the rest", () => {
  const event = sampleEvent({ id: "other", labels: {}, severity: Severity.INFO });
  expect(event).toMatchObject({ id: "other", labels: {}, severity: Severity.INFO, type: "kernel.container.oom_kill" });
  expect(sampleEvent().labels).toEqual({ team: "checkout" });
});

it("sample views have distinct ids and the kinds by turns", () => {
  const views = sampleViews(4);
  expect(views.map(({ header }) => [header.id, header.kind])).toEqual([
    ["record-1", RecordKind.EVENT],
    ["record-2", RecordKind.FINDING],
    ["record-3", RecordKind.CORRELATION],
    ["record-4", RecordKind.EVENT],
  ]);
});

it("a view's header says what its bytes say, and the message is decoded once", () => {
  const view = sampleView(sampleEvent());
  expect(view.header).toMatchObject({
    id: "event-1",
    timeSeconds: 1_772_600_767,
    timeNanos: 123_456_789,
    type: "kernel.container.oom_kill",
    severity: Severity.CRITICAL,
    namespaces: ["shop"],
  });
  expect(view.decoded()).toBe(view.decoded());
  expect(equals(RecordSchema, view.decoded(), fromBinary(RecordSchema, view.bytes))).toBe(true);
});

it("awkward views cover every kind, bare and full", () => {
  expect(awkwardViews().map(({ header }) => header.kind)).toEqual([1, 2, 3, 1, 2, 3]);
});

it("a record without a time has the header of 1970, as a scan of its bytes gives", () => {
  const event = sampleEvent();
  delete event.time;
  expect(sampleView(event).header).toMatchObject({ timeSeconds: 0, timeNanos: 0 });
});
