import { CorrelationKind, type Correlation } from "@tapio/contracts/domain/v1/correlation";
import { FindingState } from "@tapio/contracts/domain/v1/finding";
import { RecordKind } from "@tapio/contracts/domain/v1/record";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";
import { awkwardViews, sampleCorrelation, sampleEvent, sampleFinding, sampleViews } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { correlationSample, eventSample, findingSample, viewSample } from "./record-samples.ts";
import { correlationKindLabel, outcomeLabel, severityLabel, stateLabel, textLabel } from "./label-values.ts";

const values = (key: string): string[] => key.split("\0");

describe("a record's series", () => {
  it("of an event: type, severity, outcome, cluster, namespace", () => {
    expect(values(eventSample(sampleEvent()).key)).toEqual(["kernel.container.oom_kill", "critical", "failure", "prod-1", "shop"]);
  });

  it("of a finding: type, severity, state, cluster, namespace", () => {
    const sample = findingSample(sampleFinding({ state: FindingState.RESOLVED }));
    expect(values(sample.key)).toEqual(["memory.leak.suspected", "error", "resolved", "prod-1", "shop"]);
  });

  it("of a correlation: kind, type, severity, cluster, namespace", () => {
    expect(values(correlationSample(sampleCorrelation()).key)).toEqual(["causal", "deployment.caused.oom", "warning", "prod-1", "shop"]);
  });

  it("has the namespace of the first resource that has one", () => {
    const resources = [
      { kind: "node", name: "a" },
      { kind: "pod", namespace: "first" },
      { kind: "pod", namespace: "second" },
    ];
    expect(values(eventSample(sampleEvent({ resources })).key)[4]).toBe("first");
  });

  it("has empty values for what the record does not say", () => {
    const event = sampleEvent({ resources: [] });
    delete event.source;
    expect(values(eventSample(event).key).slice(3)).toEqual(["", ""]);
  });
});

describe("what is read from a record's bytes", () => {
  it("is what the decoded record has, and nothing is decoded for it", () => {
    for (const view of [...sampleViews(3), ...awkwardViews()]) {
      const { kind } = view.decoded();
      const expected =
        kind.case === "event"
          ? eventSample(kind.value)
          : kind.case === "finding"
            ? findingSample(kind.value)
            : correlationSample(kind.value as Correlation);
      const { exemplar, ...rest } = viewSample({
        ...view,
        decoded: () => {
          throw new Error("decoded");
        },
      });
      expect(rest).toEqual({ definition: expected.definition, key: expected.key });
      const time = expected.exemplar?.time && { ...expected.exemplar.time, seconds: Number(expected.exemplar.time.seconds) };
      expect(exemplar?.time).toEqual(time && { seconds: time.seconds, nanos: time.nanos });
      expect(exemplar?.traceId).toBe(expected.exemplar?.traceId);
      expect(exemplar?.spanId).toBe(expected.exemplar?.spanId);
    }
  });

  it("of a kind that is not counted is refused", () => {
    const [view] = sampleViews(1);
    if (view === undefined) throw new Error("no view");
    const header = { ...view.header, kind: RecordKind.UNSPECIFIED };
    expect(() => viewSample({ ...view, header })).toThrow("there is no counter for records of kind 0");
  });
});

describe("an exemplar", () => {
  it("has the record's trace, span and time", () => {
    expect(eventSample(sampleEvent()).exemplar).toMatchObject({
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      time: { seconds: 1_772_600_767n, nanos: 123_456_789 },
    });
  });

  it.each(["", "abc", "0".repeat(33)])("is left out for a trace id of another length: %j", (traceId) => {
    expect(eventSample(sampleEvent({ trace: { traceId, spanId: "b7ad6b7169203331" } })).exemplar).toBeUndefined();
  });

  it("has no span where its id is of another length", () => {
    const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7" };
    expect(eventSample(sampleEvent({ trace })).exemplar?.spanId).toBe("");
  });

  it("is left out for a record without a trace", () => {
    const event = sampleEvent();
    delete event.trace;
    expect(eventSample(event).exemplar).toBeUndefined();
  });
});

describe("label values", () => {
  it("of enums are their names, and `unspecified` for numbers that this build does not know", () => {
    expect([severityLabel(Severity.DEBUG), outcomeLabel(Outcome.IN_PROGRESS), correlationKindLabel(CorrelationKind.SPATIAL)]).toEqual([
      "debug",
      "in_progress",
      "spatial",
    ]);
    const later = 99 as never;
    expect([severityLabel(later), outcomeLabel(later), correlationKindLabel(later)]).toEqual(["unspecified", "unspecified", "unspecified"]);
  });

  it("of a finding without a state is open", () => {
    expect([stateLabel(FindingState.UNSPECIFIED), stateLabel(FindingState.OPEN)]).toEqual(["open", "open"]);
  });

  it("of text is cut at 519 units without leaving half a character", () => {
    expect(textLabel("x".repeat(519))).toBe("x".repeat(519));
    expect(textLabel("x".repeat(600))).toBe("x".repeat(519));
    expect(textLabel(`${"x".repeat(518)}🔥`)).toBe(`${"x".repeat(518)}\ufffd`);
  });

  it("of text has no NUL, which parts the values of a key, and no lone surrogate, which UTF-8 cannot hold", () => {
    expect(textLabel("a\0b\0")).toBe("a\ufffdb\ufffd");
    expect(textLabel("a\udc00")).toBe("a\ufffd");
  });
});
