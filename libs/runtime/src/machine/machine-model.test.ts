import fc from "fast-check";
import { describe, it } from "vitest";
import type { Answer, NewRecord, Step, WorldConfig } from "../../test/machine-steps.ts";
import { createWorld } from "../../test/machine-world.ts";

const config: fc.Arbitrary<WorldConfig> = fc.record({
  isBatching: fc.boolean(),
  isOrdered: fc.boolean(),
  cursorPaceMs: fc.constantFrom(0, 10, 5000),
  window: fc
    .record({
      maxBatchRecords: fc.integer({ min: 1, max: 6 }),
      maxInFlightRecords: fc.integer({ min: 1, max: 10 }),
      maxInFlightBytes: fc.constantFrom(900, 2500, 1_000_000),
      maxConcurrentAttempts: fc.constantFrom(1, 2, Infinity),
      lingerMs: fc.constantFrom(0, 0, 50),
      maxRecordsPerSecond: fc.constantFrom(Infinity, Infinity, 1, 30),
      attemptTimeoutMs: fc.constant(10_000),
      maxWaitingRecords: fc.constantFrom(2, 1000),
      maxParkedRecords: fc.constantFrom(1, 4, 1000),
    })
    .map((window) => ({ ...window, maxBatchRecords: Math.min(window.maxBatchRecords, window.maxInFlightRecords) })),
  retry: fc.record({
    initialDelayMs: fc.constantFrom(100, 1000),
    maxDelayMs: fc.constantFrom(1000, 60_000),
    multiplier: fc.constant(2),
    maxAttempts: fc.constantFrom(1, 3, 20),
    maxAgeMs: fc.constant(Infinity),
  }),
  breaker: fc.record({
    failuresToOpen: fc.constantFrom(2, 5),
    firstProbeDelayMs: fc.constant(1000),
    maxProbeDelayMs: fc.constant(60_000),
    recoveredAtRecords: fc.constantFrom(4, 128),
  }),
});

const newRecord: fc.Arbitrary<NewRecord> = fc.record({
  key: fc.constantFrom("a", "a", "b", undefined),
  isWanted: fc.constantFrom(true, true, true, false),
  isReadable: fc.constantFrom(true, true, true, true, true, true, true, true, false),
  gap: fc.constantFrom(0, 0, 0, 0, 2),
});

const codes = ["unavailable", "timeout", "throttled", "internal", "record_invalid", "access_denied", "canceled", "gone"] as const;
const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 5, arbitrary: fc.constant("delivered" as const) },
  { weight: 1, arbitrary: fc.constant("skipped" as const) },
  { weight: 5, arbitrary: fc.constantFrom(...codes.slice(0, -1)) },
  { weight: 1, arbitrary: fc.constant("gone" as const) },
);
const which = fc.nat({ max: 5 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), records: fc.array(newRecord, { minLength: 1, maxLength: 8 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("read" as const), count: fc.integer({ min: 1, max: 12 }) }) },
  {
    weight: 14,
    arbitrary: fc.record({ do: fc.constant("attempted" as const), which, answers: fc.array(answer, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("fetched" as const), which, ok: fc.constantFrom(true, true, false) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      result: fc.constantFrom("ok", "ok", "ok", "ok", "failed", "written" as const),
    }),
  },
  { weight: 8, arbitrary: fc.constant({ do: "wake" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("time" as const), ms: fc.constantFrom(1, 40, 999, 70_000, 7_200_000, -5000, -3_600_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("hold" as const), isHeld: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: "drain" }, { do: "halt" }, { do: "commit", result: "lost" }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("restart" as const), cutOff: fc.boolean(), isWritten: fc.constantFrom(true, true, false) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "crash" as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("replay" as const), which }) },
);

describe("the delivery machine, against a model", () => {
  it("DLV-1, DLV-4, DLV-10, DLV-12, DLV-14, DLV-21, DLV-23, DLV-30, DLV-61, DLV-110: whatever happens in whatever order, no rule is broken and it comes to rest", () => {
    fc.assert(
      fc.property(config, fc.array(step, { maxLength: 120, size: "max" }), (settings, steps) => {
        const world = createWorld(settings);
        for (const next of steps) world.step(next);
        world.comeToRest();
      }),
      { numRuns: Number(process.env["TAPIO_FUZZ_RUNS"] ?? 400) },
    );
  }, 600_000);
});
