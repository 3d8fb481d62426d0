import { sampleCorrelation, sampleEvent, sampleFinding } from "@tapio/testing";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { correlationSpan, eventSpan, findingSpan } from "../../test/written-span.ts";
import type { WrittenAttribute, WrittenSpan } from "../../test/written-span.ts";
import { coordinatesOf } from "./record-ids.ts";

function attributes(part: { readonly attributes: readonly WrittenAttribute[] } | undefined): Record<string, unknown> {
  return Object.fromEntries((part?.attributes ?? []).map(({ key, value }) => [key, value]));
}

function ids({ traceId, spanId }: WrittenSpan["links"][number]): { traceId: string; spanId: string } {
  return { traceId, spanId };
}

const TRACE = "0af7651916cd43dd8448eb211c80319c";

describe("eventSpan", () => {
  it("stands below the span that the record names, as the child of a remote parent", () => {
    expect(eventSpan(sampleEvent())).toMatchObject({
      traceId: TRACE,
      parentSpanId: "b7ad6b7169203331",
      flags: 0x301,
      name: "kernel.container.oom_kill",
    });
  });

  it("is a sampled root span of its own trace when the record names none", () => {
    const event = sampleEvent();
    delete event.trace;
    expect(eventSpan(event)).toMatchObject({ ...coordinatesOf({ id: "event-1" }), parentSpanId: "", flags: 1 });
  });

  it("joins a trace without a parent when only the trace is known, and passes its state on up to 512 characters", () => {
    const short = eventSpan(sampleEvent({ trace: { traceId: TRACE, traceState: "a=1" } }));
    expect(short).toMatchObject({ traceId: TRACE, parentSpanId: "", flags: 0, traceState: "a=1" });
    expect(eventSpan(sampleEvent({ trace: { traceId: TRACE, traceState: "a".repeat(513) } })).traceState).toBe("");
  });

  it("is the same at every call", () => {
    expect(eventSpan(sampleEvent())).toEqual(eventSpan(sampleEvent()));
  });

  it.each([
    [Outcome.FAILURE, "OOM_KILLED", "OOM_KILLED", "no memory"],
    [Outcome.FAILURE, "", "_OTHER", "no memory"],
    [Outcome.TIMEOUT, "", "timeout", "no memory"],
  ])("of outcome %i with the code %j has error.type %s and the status ERROR", (outcome, code, type, message) => {
    const span = eventSpan(sampleEvent({ outcome, error: { code, message } }));
    expect(attributes(span)["error.type"]).toBe(type);
    expect(span.error).toEqual({ message });
  });

  it("of a failure that its source did not explain has the event's message as its status", () => {
    const event = sampleEvent({ message: "it broke" });
    delete event.error;
    expect(eventSpan(event).error).toEqual({ message: "it broke" });
  });

  it.each([
    [Outcome.SUCCESS, "success"],
    [Outcome.IN_PROGRESS, "in_progress"],
    [Outcome.UNKNOWN, "unknown"],
    [Outcome.UNSPECIFIED, undefined],
  ])("of outcome %i is no error", (outcome, name) => {
    const span = eventSpan(sampleEvent({ outcome }));
    expect(span.error).toBeUndefined();
    expect(attributes(span)["error.type"]).toBeUndefined();
    expect(attributes(span)["tapio.outcome"]).toBe(name);
  });

  it("keeps what the source says of the failure, its reasoning and the time of its notice", () => {
    const span = eventSpan(
      sampleEvent({
        observedTime: { seconds: 1_772_600_768n, nanos: 5 },
        error: { code: "E", message: "m", whatFailed: "w", whyItMatters: "y", possibleCauses: ["c1", "c2"], suggestedFix: "f" },
        reasoning: { summary: "s", explanation: "e", confidence: 1, causalChain: ["a", "b"], patternsMatched: ["p"] },
      }),
    );
    expect(attributes(span)).toMatchObject({
      "tapio.observed_time": "2026-03-04T05:06:08.000000005Z",
      "tapio.error.message": "m",
      "tapio.error.what_failed": "w",
      "tapio.error.why_it_matters": "y",
      "tapio.error.possible_causes": ["c1", "c2"],
      "tapio.error.suggested_fix": "f",
      "tapio.reasoning.summary": "s",
      "tapio.reasoning.explanation": "e",
      "tapio.reasoning.confidence": 1,
      "tapio.reasoning.causal_chain": ["a", "b"],
      "tapio.reasoning.patterns_matched": ["p"],
    });
    expect(span.attributes.find(({ key }) => key === "tapio.reasoning.confidence")?.type).toBe("double");
  });

  it("holds at most 128 attributes, keeps the telling ones and counts the rest", () => {
    const labels = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`label${index}`, "x"]));
    const span = eventSpan(sampleEvent({ labels, data: {} }));
    expect(span.attributes.length).toBe(128);
    expect(span.attributes.length + span.droppedAttributesCount).toBe(1015);
    expect(attributes(span)["error.type"]).toBe("OOM_KILLED");
  });

  it.each([
    [Severity.DEBUG, "debug"],
    [Severity.INFO, "info"],
    [Severity.WARNING, "warning"],
    [Severity.ERROR, "error"],
    [Severity.CRITICAL, "critical"],
    [Severity.UNSPECIFIED, undefined],
  ])("names severity %i %s", (severity, name) => {
    expect(attributes(eventSpan(sampleEvent({ severity })))["tapio.severity"]).toBe(name);
  });
});

describe("findingSpan", () => {
  it("links to its evidence: to the span that the reference names, or else to the one that is made of the record", () => {
    const known = { recordId: "event-1", traceId: TRACE, spanId: "b7ad6b7169203331" };
    const span = findingSpan(
      sampleFinding({ evidence: [{ record: known, description: "why", weight: 0.5 }, { record: { recordId: "event-9" } }, {}] }),
    );
    expect(span.links.map(ids)).toEqual([{ traceId: TRACE, spanId: "b7ad6b7169203331" }, coordinatesOf({ id: "event-9" })]);
    expect(attributes(span.links[0])).toEqual({
      "tapio.record.id": "event-1",
      "tapio.link.kind": "evidence",
      "tapio.link.description": "why",
      "tapio.link.weight": 0.5,
    });
  });

  it("tells the state and the key, and recommends as span events", () => {
    const span = findingSpan(sampleFinding({ state: 2, key: "", recommendedActions: [{ title: "t", command: "c", url: "u" }] }));
    expect(attributes(span)).toMatchObject({ "tapio.finding.state": "resolved", "tapio.finding.key": "finding-1" });
    expect(span.events.map((event) => [event.name, attributes(event)])).toEqual([
      ["tapio.recommended_action", { "tapio.action.title": "t", "tapio.action.command": "c", "tapio.action.url": "u" }],
    ]);
  });

  it("bounds links and span events, and counts what it drops", () => {
    const evidence = Array.from({ length: 300 }, (_, index) => ({ record: { recordId: `event-${index}` } }));
    const recommendedActions = Array.from({ length: 200 }, () => ({ title: "t" }));
    const span = findingSpan(sampleFinding({ evidence, recommendedActions }));
    expect([span.links.length, span.droppedLinksCount, span.events.length, span.droppedEventsCount]).toEqual([256, 44, 128, 72]);
  });
});

describe("correlationSpan", () => {
  const chain = sampleCorrelation({
    members: [
      { record: { recordId: "bystander" }, role: "symptom" },
      { record: { recordId: "middle" } },
      { record: { recordId: "end" } },
      { record: { recordId: "start", traceId: TRACE, spanId: "c7ad6b7169203331" }, role: "trigger" },
    ],
    rootCause: { recordId: "start" },
    causalChain: [
      { causeId: "start", effectId: "middle", description: "first", confidence: 0.8 },
      { causeId: "middle", effectId: "end" },
      { causeId: "stranger", effectId: "end" },
    ],
  });

  it("links to each record once, the root cause first, with kind, role and its neighbours in the chain", () => {
    const span = correlationSpan(chain);
    expect(span.links.map(attributes)).toEqual([
      { "tapio.record.id": "start", "tapio.link.kind": "root_cause", "tapio.link.role": "trigger", "tapio.link.causes": ["middle"] },
      { "tapio.record.id": "bystander", "tapio.link.kind": "member", "tapio.link.role": "symptom" },
      { "tapio.record.id": "middle", "tapio.link.kind": "cause", "tapio.link.causes": ["end"], "tapio.link.caused_by": ["start"] },
      { "tapio.record.id": "end", "tapio.link.kind": "effect", "tapio.link.caused_by": ["middle", "stranger"] },
      { "tapio.record.id": "stranger", "tapio.link.kind": "cause", "tapio.link.causes": ["end"] },
    ]);
  });

  it("finds the root cause's span through the member of its id", () => {
    expect(correlationSpan(chain).links.slice(0, 2).map(ids)).toEqual([
      { traceId: TRACE, spanId: "c7ad6b7169203331" },
      coordinatesOf({ id: "bystander" }),
    ]);
  });

  it("links to a root cause that is no member by its own coordinates", () => {
    const span = correlationSpan(
      sampleCorrelation({ rootCause: { recordId: "elsewhere" }, members: [{}, { record: { recordId: "m" } }], causalChain: [] }),
    );
    expect(span.links.map(ids)).toEqual([coordinatesOf({ id: "elsewhere" }), coordinatesOf({ id: "m" })]);
  });

  it("tells each causal step as a span event at its end", () => {
    const span = correlationSpan(chain);
    expect(span.events.length).toBe(3);
    expect(span.events[0]).toMatchObject({ name: "tapio.causal_edge", timeUnixNano: 1_772_600_767_123_456_789n });
    expect(attributes(span.events[0])).toEqual({
      "tapio.cause.record_id": "start",
      "tapio.effect.record_id": "middle",
      "tapio.cause.description": "first",
      "tapio.confidence": 0.8,
    });
  });

  it("has no links of unknown records, and none at all without members that are named", () => {
    const correlation = sampleCorrelation({ members: [{}], causalChain: [] });
    delete correlation.rootCause;
    expect(correlationSpan(correlation)).toMatchObject({ links: [], droppedLinksCount: 0 });
  });

  it("bounds links and span events, and counts what it drops", () => {
    const members = Array.from({ length: 300 }, (_, index) => ({ record: { recordId: `m-${index}` } }));
    const causalChain = Array.from({ length: 130 }, (_, index) => ({ causeId: `m-${index}`, effectId: `m-${index + 1}` }));
    const span = correlationSpan(sampleCorrelation({ members, causalChain, rootCause: { recordId: "m-299" } }));
    expect([span.links.length, span.droppedLinksCount, span.events.length, span.droppedEventsCount]).toEqual([256, 44, 128, 2]);
    expect(attributes(span.links[0])["tapio.record.id"]).toBe("m-299");
  });
});
