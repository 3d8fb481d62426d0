import { create } from "@bufbuild/protobuf";
import { RetryConfigSchema, StartConfigSchema, WindowConfigSchema } from "@tapio/contracts/gateway/v1/config";
import { expect, it } from "vitest";
import { retryPolicyFrom, startFrom, windowPolicyFrom } from "./policy.ts";

it("an absent or empty retry config gives the documented defaults", () => {
  const defaults = { initialDelayMs: 1000, maxDelayMs: 300_000, multiplier: 2, maxAttempts: 20, maxAgeMs: 259_200_000 };
  expect(retryPolicyFrom(undefined)).toEqual(defaults);
  expect(retryPolicyFrom(create(RetryConfigSchema, {}))).toEqual(defaults);
});

it("a retry config keeps what it says, and the longest delay is never below the first", () => {
  const config = create(RetryConfigSchema, {
    initialDelay: { seconds: 10n },
    maxDelay: { seconds: 5n },
    multiplier: 3,
    maxAttempts: 4,
    maxAge: { nanos: 5_000_000 },
  });
  expect(retryPolicyFrom(config)).toEqual({ initialDelayMs: 10_000, maxDelayMs: 10_000, multiplier: 3, maxAttempts: 4, maxAgeMs: 5 });
});

it("an absent or empty window config gives the documented defaults", () => {
  const defaults = { maxBatchRecords: 100, maxInFlightRecords: 1000, attemptTimeoutMs: 60_000 };
  expect(windowPolicyFrom(undefined)).toEqual(defaults);
  expect(windowPolicyFrom(create(WindowConfigSchema, {}))).toEqual(defaults);
});

it("a batch is never larger than what may be in flight", () => {
  const config = create(WindowConfigSchema, { maxBatchRecords: 50, maxInFlightRecords: 20, attemptTimeout: { seconds: 2n } });
  expect(windowPolicyFrom(config)).toEqual({ maxBatchRecords: 20, maxInFlightRecords: 20, attemptTimeoutMs: 2000 });
});

it("a destination starts at the head unless it is told otherwise", () => {
  expect(startFrom(undefined)).toEqual({ at: "head" });
  expect(startFrom(create(StartConfigSchema, { at: { case: "head", value: {} } }))).toEqual({ at: "head" });
  expect(startFrom(create(StartConfigSchema, { at: { case: "beginning", value: {} } }))).toEqual({ at: "beginning" });
  expect(startFrom(create(StartConfigSchema, { at: { case: "afterSequence", value: 7n } }))).toEqual({ at: "sequence", after: 7 });
  expect(startFrom(create(StartConfigSchema, { at: { case: "time", value: { seconds: 3n, nanos: 5_000_000 } } }))).toEqual({
    at: "time",
    atMs: 3005,
  });
});
