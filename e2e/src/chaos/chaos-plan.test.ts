import { describe, expect, it } from "vitest";
import { planRounds } from "./chaos-plan.ts";
import { chaosRecord, occurrenceJson, recordMessage } from "./chaos-record.ts";
import { faultFor } from "./fault.ts";

describe("the schedule of a seed", () => {
  it("is the same every time, and another for another seed", () => {
    const plan = planRounds({ seed: 7, cycles: 100 });
    expect(planRounds({ seed: 7, cycles: 100 })).toEqual(plan);
    expect(planRounds({ seed: 8, cycles: 100 })).not.toEqual(plan);
  });

  it("has as many cycles as were asked for, numbered through, in rounds that a longer run has too", () => {
    const rounds = planRounds({ seed: 7, cycles: 100 });
    expect(rounds.flatMap(({ cycles }) => cycles.map(({ number }) => number))).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(planRounds({ seed: 7, cycles: 300 }).slice(0, rounds.length - 1)).toEqual(rounds.slice(0, -1));
  });

  it("has every way to end a life and every fault within 100 cycles", () => {
    const cycles = planRounds({ seed: 1, cycles: 100 }).flatMap((round) => round.cycles);
    expect(new Set(cycles.map(({ ending }) => ending.kind))).toEqual(new Set(["start", "load", "commit", "write", "shutdown", "stop"]));
    expect(new Set(cycles.map(({ faults }) => faults.any))).toEqual(new Set(["calm", "errors", "throttle", "reset", "hang", "slow"]));
  });

  it("kills nobody when it is orderly, and then no receiver leaves it in doubt whether it took a record", () => {
    const cycles = planRounds({ seed: 1, cycles: 50, orderly: true }).flatMap((round) => round.cycles);
    expect(new Set(cycles.map(({ ending }) => ending.kind))).toEqual(new Set(["stop"]));
    expect(new Set(cycles.flatMap(({ faults }) => Object.values(faults)))).toEqual(new Set(["calm", "slow", "errors"]));
  });
});

describe("a record of the load", () => {
  it("is the same every time, bytes included", () => {
    expect(recordMessage(chaosRecord(3, 1, 5, 10))).toEqual(recordMessage(chaosRecord(3, 1, 5, 10)));
    expect(occurrenceJson(chaosRecord(3, 1, 5, 10, true))).toBe(occurrenceJson(chaosRecord(3, 1, 5, 10, true)));
  });

  it("is now and then one that receivers refuse for good", () => {
    const poisoned = Array.from({ length: 1_000 }, (_, n) => chaosRecord(1, 1, n, 0)).filter(({ isPoison }) => isPoison);
    expect(poisoned.length).toBeGreaterThan(2);
    expect(poisoned.length).toBeLessThan(30);
  });
});

describe("a receiver's fault", () => {
  it("is the same for the same attempt, and answers 500 or 503 to 70 % of them", () => {
    const faults = Array.from({ length: 1_000 }, (_, n) => faultFor("errors", 1, "any", `record-${n}`, 1));
    expect(Array.from({ length: 1_000 }, (_, n) => faultFor("errors", 1, "any", `record-${n}`, 1))).toEqual(faults);
    const refused = faults.filter(({ kind }) => kind === "refuse").length;
    expect([refused > 650, refused < 750]).toEqual([true, true]);
  });
});
