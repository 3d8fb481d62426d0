import { delivered, failed, IntegrationError, skipped, type IntegrationErrorCode } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { decide, type DecisionInput } from "./decide.ts";
import { retryPolicyFrom } from "./policy.ts";

const nowMs = 1_000_000;
const hourMs = 3_600_000;

function input(overrides: Partial<DecisionInput>): DecisionInput {
  return { outcome: delivered(), attempt: 1, firstAttemptAtMs: nowMs, nowMs, policy: retryPolicyFrom(undefined), random: 0, ...overrides };
}

function failure(code: IntegrationErrorCode, overrides: Partial<DecisionInput> = {}, retryAfterMs?: number): DecisionInput {
  return input({
    outcome: failed(new IntegrationError({ integration: "x", operation: "y", code, message: "no", retryAfterMs })),
    ...overrides,
  });
}

describe("what becomes of a delivery after an attempt (DLV-20)", () => {
  it("delivered and skipped settle without a row", () => {
    expect(decide(input({}))).toEqual({ kind: "settle", as: "delivered" });
    expect(decide(input({ outcome: skipped("not a span") }))).toEqual({ kind: "settle", as: "skipped", reason: "not a span" });
  });

  it("a partial delivery settles, but for the first record of its request: a dead letter with the receiver's words", () => {
    const outcome = delivered({ rejected: 3, message: "too old" });
    expect(decide(input({ outcome }))).toEqual({ kind: "settle", as: "delivered" });
    expect(decide(input({ outcome, rejection: { rejected: 3, records: 100, message: "too old" } }))).toEqual({
      kind: "dead",
      code: "record_invalid",
      message: "the receiver rejected 3 of a request of 100 records, and did not say which: too old",
    });
  });

  it.each([
    ["record_invalid", { kind: "dead", code: "record_invalid", message: "no" }],
    ["gone", { kind: "disable", code: "gone", message: "no" }],
    ["config_invalid", { kind: "disable", code: "config_invalid", message: "no" }],
    ["canceled", { kind: "not_an_attempt" }],
    ["unavailable", { kind: "wait", code: "unavailable", message: "no", dueAtMs: nowMs + 1000 }],
    ["timeout", { kind: "wait", code: "timeout", message: "no", dueAtMs: nowMs + 1000 }],
    ["throttled", { kind: "wait", code: "throttled", message: "no", dueAtMs: nowMs + 1000 }],
    ["internal", { kind: "wait", code: "internal", message: "no", dueAtMs: nowMs + 1000 }],
    ["access_denied", { kind: "wait", code: "access_denied", message: "no", dueAtMs: nowMs + 300_000 }],
  ] as const)("the first %s", (code, decision) => {
    expect(decide(failure(code))).toEqual(decision);
  });

  it.each(["unavailable", "timeout", "throttled", "internal"] as const)("%s at the last attempt is a dead letter", (code) => {
    expect(decide(failure(code, { attempt: 20 }))).toEqual({ kind: "dead", code, message: "given up after 20 attempts: no" });
    expect(decide(failure(code, { attempt: 19 })).kind).toBe("wait");
  });

  it.each(["unavailable", "timeout", "throttled", "internal"] as const)("%s past the age is a dead letter", (code) => {
    const decision = decide(failure(code, { attempt: 2, firstAttemptAtMs: nowMs - 72 * hourMs }));
    expect(decision).toEqual({ kind: "dead", code, message: "given up 259200000 ms after the first attempt: no" });
    expect(decide(failure(code, { attempt: 2, firstAttemptAtMs: nowMs - 72 * hourMs + 1 })).kind).toBe("wait");
  });

  it("access_denied is exempt from attempts and age", () => {
    expect(decide(failure("access_denied", { attempt: 1000, firstAttemptAtMs: 0, nowMs: 1000 * hourMs })).kind).toBe("wait");
  });

  it.each([
    [1, 0, 1000],
    [2, 0, 2000],
    [3, 0, 4000],
    [9, 0, 256_000],
    [10, 0, 300_000],
    [19, 0, 300_000],
    [1, 1, 800],
    [10, 1, 240_000],
  ])("attempt %d with random %d waits %d ms", (attempt, random, delayMs) => {
    expect(decide(failure("unavailable", { attempt, random }))).toMatchObject({ dueAtMs: nowMs + delayMs });
  });

  it.each([
    ["longer than the schedule is the least delay", 7000, 0, 7000],
    ["with jitter on top", 7000, 1, 7700],
    ["shorter than the schedule changes nothing", 10, 0, 1000],
    ["absurdly long is cut to a day", 1e12, 0, 86_400_000],
    ["not a number changes nothing", Number.NaN, 0, 1000],
  ])("DLV-27: a Retry-After %s", (_what, retryAfterMs, random, delayMs) => {
    expect(decide(failure("throttled", { random }, retryAfterMs))).toMatchObject({ kind: "wait", dueAtMs: nowMs + delayMs });
  });

  it.each([
    [1, { kind: "wait", dueAtMs: nowMs + 2000 }],
    [2, { kind: "wait", dueAtMs: nowMs + 400_000 }],
    [3, { kind: "dead", code: "unavailable", message: "given up after 3 attempts, the end of the schedule: no" }],
  ])("DLV-34: after attempt %d a schedule gives its own delay, and at its end the delivery is given up", (attempt, decision) => {
    const retry = { ...retryPolicyFrom(undefined), scheduleMs: [2000, 400_000], maxAttempts: 9, maxAgeMs: Infinity };
    expect(decide(failure("unavailable", { attempt, policy: retry, random: 0 }))).toEqual(expect.objectContaining(decision));
  });
});
