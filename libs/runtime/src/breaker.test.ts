import { delivered, failed, IntegrationError, skipped, type IntegrationErrorCode, type Outcome } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { afterAttempt, afterProbe, closedBreaker, findingOf, permit, probing, type Breaker, type Finding } from "./breaker.ts";

const policy = { failuresToOpen: 3, firstProbeDelayMs: 1000, maxProbeDelayMs: 5000, recoveredAtRecords: 8 };
const works: Finding = { kind: "works" };
const fails: Finding = { kind: "fails", code: "unavailable", retryAfterMs: undefined };
const attempts = (findings: readonly Finding[], from: Breaker = closedBreaker): Breaker =>
  findings.reduce((breaker, finding) => afterAttempt(breaker, finding, policy, 100, 0), from);
const failure = (code: IntegrationErrorCode, retryAfterMs?: number): Outcome =>
  failed(new IntegrationError({ integration: "x", operation: "y", code, message: "no", retryAfterMs }));

describe("the breaker (DLV-30)", () => {
  it("opens after so many failures in a row, none delivered between", () => {
    expect(attempts([fails, fails])).toEqual({ state: "closed", failures: 2 });
    expect(attempts([fails, fails, works, fails, fails])).toEqual({ state: "closed", failures: 2 });
    expect(attempts([fails, fails, { kind: "unknown" }, fails])).toEqual({
      state: "open",
      code: "unavailable",
      probes: 0,
      probeAtMs: 1100,
    });
  });

  it("opens at once when throttled, for as long as the receiver asks", () => {
    expect(attempts([{ kind: "fails", code: "throttled", retryAfterMs: 9000 }])).toEqual({
      state: "open",
      code: "throttled",
      probes: 0,
      probeAtMs: 9100,
    });
  });

  it("lets nothing through while open, one probe when it is time, and nothing beside the probe", () => {
    const open = attempts([fails, fails, fails]);
    expect(permit(closedBreaker, 0)).toEqual({ kind: "go", recordsMax: Infinity });
    expect(permit(open, 1099)).toEqual({ kind: "wait", untilMs: 1100 });
    expect(permit(open, 1100)).toEqual({ kind: "probe" });
    expect(permit(probing(open), 99_999)).toEqual({ kind: "wait", untilMs: undefined });
    expect(probing(closedBreaker)).toBe(closedBreaker);
  });

  it("DLV-31: closes slowly when the probe is delivered: twice as many records after each attempt that is delivered", () => {
    const recovering = afterProbe(probing(attempts([fails, fails, fails])), works, policy, 2000, 0);
    expect(recovering).toEqual({ state: "recovering", code: "unavailable", probes: 0, recordsMax: 2 });
    expect(permit(recovering, 2000)).toEqual({ kind: "go", recordsMax: 2 });
    expect(attempts([works], recovering)).toMatchObject({ state: "recovering", recordsMax: 4 });
    expect(attempts([works, { kind: "unknown" }, works], recovering)).toEqual({ state: "closed", failures: 0 });
  });

  it("opens again, for longer, at the first failure while it closes", () => {
    const recovering: Breaker = { state: "recovering", code: "timeout", probes: 1, recordsMax: 4 };
    expect(attempts([fails], recovering)).toEqual({ state: "open", code: "unavailable", probes: 2, probeAtMs: 4100 });
  });

  it.each([
    [1, 4000],
    [2, 6000],
    [3, 7000],
    [9, 7000],
  ])("waits longer after failed probe %d", (probes, probeAtMs) => {
    const out: Breaker = { state: "half_open", code: "timeout", probes: probes - 1 };
    expect(afterProbe(out, fails, policy, 2000, 0)).toEqual({ state: "open", code: "unavailable", probes, probeAtMs });
  });

  it("probes again at once when the probe said nothing of the receiver", () => {
    expect(afterProbe({ state: "half_open", code: "timeout", probes: 2 }, { kind: "unknown" }, policy, 2000, 0)).toEqual({
      state: "open",
      code: "timeout",
      probes: 2,
      probeAtMs: 2000,
    });
  });

  it("hears nobody but the probe while it is not closed, apart from longer waits", () => {
    const open = attempts([fails, fails, fails]);
    expect(attempts([works, fails], open)).toBe(open);
    expect(attempts([{ kind: "fails", code: "throttled", retryAfterMs: 60_000 }], open)).toMatchObject({
      state: "open",
      probeAtMs: 60_100,
    });
    const out = probing(open);
    expect(attempts([works], out)).toBe(out);
    expect(afterProbe(closedBreaker, fails, policy, 0, 0)).toBe(closedBreaker);
  });

  it.each<[string, readonly Outcome[], Finding]>([
    ["one delivered among failures", [failure("unavailable"), delivered()], works],
    ["failures alone", [failure("timeout"), skipped("no")], { kind: "fails", code: "timeout", retryAfterMs: undefined }],
    ["the longest wait asked for", [failure("unavailable", 5), failure("timeout", 9)], { kind: "fails", code: "timeout", retryAfterMs: 9 }],
    ["access denied", [failure("access_denied")], { kind: "fails", code: "access_denied", retryAfterMs: undefined }],
    [
      "throttled beside delivered",
      [failure("throttled", 7), failure("unavailable"), delivered()],
      { kind: "fails", code: "throttled", retryAfterMs: 7 },
    ],
    [
      "refused, buggy, canceled and skipped",
      [failure("record_invalid"), failure("internal"), failure("canceled"), skipped("no")],
      { kind: "unknown" },
    ],
  ])("judges an attempt: %s", (_what, outcomes, finding) => {
    expect(findingOf(outcomes)).toEqual(finding);
  });
});
