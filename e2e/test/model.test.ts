import fc from "fast-check";
import { describe, it } from "vitest";
import { stepsArbitrary } from "./model/steps.ts";
import { createMemoryStore, createSqliteStore } from "./model/stores.ts";
import { runSteps } from "./model/world.ts";

const runs = (byDefault: number): number => Number(process.env["TAPIO_FUZZ_RUNS"] ?? byDefault);

describe("the runtime on a journal, against a model", () => {
  it("memory: whatever happens, every record is delivered or a dead letter, in order, once counted, and explained", async () => {
    await fc.assert(
      fc.asyncProperty(stepsArbitrary(40), (steps) => runSteps(createMemoryStore, steps)),
      { numRuns: runs(60) },
    );
  }, 3_600_000);

  it("SQLite: the same, on files that a killed process left", async () => {
    await fc.assert(
      fc.asyncProperty(stepsArbitrary(25), (steps) => runSteps(createSqliteStore, steps)),
      { numRuns: runs(8) },
    );
  }, 3_600_000);
});
