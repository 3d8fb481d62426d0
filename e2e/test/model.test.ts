import fc from "fast-check";
import { describe, it } from "vitest";
import { stepsArbitrary } from "./model/steps.ts";
import { createMemoryStore, createSqliteStore } from "./model/stores.ts";
import { runSteps } from "./model/world.ts";

/** By default the same runs each time, so that a check that failed fails again; a longer run goes new ways. */
function parameters(numRuns: number): { readonly numRuns: number; readonly seed?: number } {
  const wanted = process.env["TAPIO_FUZZ_RUNS"];
  return wanted === undefined ? { numRuns, seed: 20_260_102 } : { numRuns: Number(wanted) };
}

describe("the runtime on a journal, against a model", () => {
  it("memory: whatever happens, every record is delivered or a dead letter, in order, once counted, and explained", async () => {
    await fc.assert(
      fc.asyncProperty(stepsArbitrary(40), (steps) => runSteps(createMemoryStore, steps)),
      parameters(60),
    );
  }, 3_600_000);

  it("SQLite: the same, on files that a killed process left", async () => {
    await fc.assert(
      fc.asyncProperty(stepsArbitrary(25), (steps) => runSteps(createSqliteStore, steps)),
      parameters(8),
    );
  }, 3_600_000);
});
