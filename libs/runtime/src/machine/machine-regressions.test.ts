import { describe, expect, it } from "vitest";
import { createWorld } from "../../test/machine-world.ts";
import type { NewRecord, Step, WorldConfig } from "../../test/machine-steps.ts";
import { windowPolicyFrom } from "../policy.ts";

const config: WorldConfig = {
  isBatching: false,
  isOrdered: true,
  cursorPaceMs: 0,
  window: { ...windowPolicyFrom(undefined), maxInFlightRecords: 1, maxBatchRecords: 1 },
  retry: { initialDelayMs: 100, maxDelayMs: 1000, multiplier: 2, maxAttempts: 1, maxAgeMs: Infinity },
  breaker: { failuresToOpen: 5, firstProbeDelayMs: 1000, maxProbeDelayMs: 60_000, recoveredAtRecords: 4 },
};
const record = (key: string | undefined): NewRecord => ({ key, isWanted: true, isReadable: true, gap: 0 });
const append = (...keys: (string | undefined)[]): Step => ({ do: "append", records: keys.map(record) });
const read = (count: number): Step => ({ do: "read", count });
const attempted = (...answers: (Step & { do: "attempted" })["answers"]): Step => ({ do: "attempted", which: 0, answers });
const committed: Step = { do: "commit", result: "ok" };

/** Gives back what was attempted, in order; the model looks on. */
function run(settings: WorldConfig, steps: readonly Step[]): string[] {
  const lines: string[] = [];
  const world = createWorld(settings, (line) => lines.push(...(line.match(/(?<=-> .*)attempt [\d ]+(?=,|$)/g) ?? [])));
  for (const step of steps) world.step(step);
  world.comeToRest();
  return lines.map((line) => line.replace("attempt ", ""));
}

describe("what the model found", () => {
  it("a record that is cut off while a replayed one of its key waits is not overtaken by its successor after the restart", () => {
    const steps: Step[] = [
      ...[append("a", "a", undefined), read(2), append("a", "a")],
      ...[attempted("unavailable"), committed, attempted("delivered"), committed],
      ...[read(2), { do: "replay", which: 0 } as const, read(1), attempted("delivered")],
      attempted("gone"),
    ];
    expect(run(config, steps)).toEqual(["1", "2", "3", "4", "1", "4", "5"]);
  });

  it("a row whose fetch failed while one before it was replayed does not leave its key standing for ever", () => {
    const steps: Step[] = [
      ...[append("a", "a", "a"), read(1), attempted("delivered"), read(2), append("b", "a"), read(1)],
      ...[attempted("access_denied", "delivered"), { do: "restart", cutOff: false, isWritten: true } as const, { do: "wake" } as const],
      ...[{ do: "fetched", which: 0, ok: true } as const, attempted("unavailable"), committed, { do: "replay", which: 0 } as const],
      { do: "fetched", which: 0, ok: false },
    ];
    expect(run({ ...config, window: { ...config.window, maxInFlightRecords: 2 } }, steps).slice(-3)).toEqual(["2", "3", "5"]);
  });

  it("DLV-61: a retry that is delivered above the cursor is not delivered again after an orderly stop", () => {
    const window = { ...config.window, maxInFlightRecords: 4 };
    const second = (answer: "unavailable" | "delivered"): Step => ({ do: "attempted", which: 1, answers: [answer] });
    const steps: Step[] = [
      ...[append("a", "b"), read(2), second("unavailable"), committed, { do: "wake" } as const, second("delivered"), committed],
      { do: "restart", cutOff: true, isWritten: true },
    ];
    expect(run({ ...config, window, retry: { ...config.retry, maxAttempts: 5 } }, steps)).toEqual(["1", "2", "2", "1"]);
  });
});
