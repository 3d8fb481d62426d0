import { create } from "@bufbuild/protobuf";
import {
  BacklogConfigSchema,
  DestinationConfigSchema,
  OnFull,
  Ordering,
  RetryConfigSchema,
  StartConfigSchema,
  WindowConfigSchema,
} from "@tapio/contracts/gateway/v1/config";
import { expect, it } from "vitest";
import { backlogFrom, orderingFrom, retryPolicyFrom, startFrom, windowPolicyFrom } from "./policy.ts";

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
  const defaults = {
    maxBatchRecords: 100,
    maxInFlightRecords: 1000,
    maxInFlightBytes: 16_777_216,
    maxConcurrentAttempts: Infinity,
    lingerMs: 0,
    maxRecordsPerSecond: Infinity,
    attemptTimeoutMs: 60_000,
    maxWaitingRecords: 100_000,
    maxParkedRecords: 10_000,
  };
  expect(windowPolicyFrom(undefined)).toEqual(defaults);
  expect(windowPolicyFrom(create(WindowConfigSchema, {}))).toEqual(defaults);
});

it("a batch is never larger than what may be in flight", () => {
  const config = create(WindowConfigSchema, { maxBatchRecords: 50, maxInFlightRecords: 20, attemptTimeout: { seconds: 2n } });
  expect(windowPolicyFrom(config)).toMatchObject({ maxBatchRecords: 20, maxInFlightRecords: 20, attemptTimeoutMs: 2000 });
});

it("an OTLP request has up to 500 records unless it is told otherwise", () => {
  expect(windowPolicyFrom(undefined, "otel")).toMatchObject({ maxBatchRecords: 500, maxInFlightRecords: 1000 });
  expect(windowPolicyFrom(undefined, "webhooks")).toMatchObject({ maxBatchRecords: 100 });
  expect(windowPolicyFrom(create(WindowConfigSchema, { maxInFlightRecords: 200 }), "otel")).toMatchObject({ maxBatchRecords: 200 });
  expect(windowPolicyFrom(create(WindowConfigSchema, { maxBatchRecords: 30 }), "otel")).toMatchObject({ maxBatchRecords: 30 });
});

it("webhooks have Standard Webhooks' schedule unless they are given delays of their own", () => {
  const hours = 3_600_000;
  expect(retryPolicyFrom(undefined, "webhooks")).toMatchObject({
    scheduleMs: [5000, 300_000, 1_800_000, 2 * hours, 5 * hours, 10 * hours, 14 * hours, 20 * hours, 24 * hours],
    maxAttempts: 10,
    maxAgeMs: Infinity,
  });
  expect(retryPolicyFrom(create(RetryConfigSchema, { initialDelay: { seconds: 1n } }), "webhooks")).not.toHaveProperty("scheduleMs");
  const own = create(RetryConfigSchema, { schedule: [{ seconds: 2n }, { seconds: 400n }] });
  expect(retryPolicyFrom(own, "otel")).toMatchObject({ scheduleMs: [2000, 400_000], maxDelayMs: 400_000, maxAttempts: 3 });
});

it("ordering and backlog are off unless they are configured, and a full backlog refuses unless it is told to detach", () => {
  const none = create(DestinationConfigSchema, {});
  expect(orderingFrom(none)).toEqual({ by: "none" });
  expect(backlogFrom(none)).toBeUndefined();
  const some = create(DestinationConfigSchema, { ordering: Ordering.KEY, orderingKey: "event.id", maxBacklog: { bytes: 10n } });
  expect(orderingFrom(some)).toEqual({ by: "key", expression: "event.id" });
  expect(backlogFrom(some)).toEqual({ bytesMax: 10, ageMsMax: Infinity, onFull: "refuse" });
  expect(backlogFrom({ maxBacklog: create(BacklogConfigSchema, { age: { seconds: 60n } }), onFull: OnFull.DETACH })).toEqual({
    ...{ bytesMax: Infinity, ageMsMax: 60_000, onFull: "detach" },
  });
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
