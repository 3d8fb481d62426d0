import type { JournalCondition } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { readinessOf, type ReadinessParts } from "./readiness.ts";

function partsWith(parts: Partial<ReadinessParts>): ReadinessParts {
  return {
    stage: () => "open",
    condition: () => ({ state: "ok", message: "" }),
    admission: () => ({ healthy: true, message: "", details: {} }),
    pressure: () => undefined,
    ...parts,
  };
}

const conditionOf = (state: JournalCondition["state"], message: string) => (): JournalCondition => ({ state, message });
const failing = (): ReturnType<ReadinessParts["admission"]> => ({ healthy: false, message: "no space left", details: {} });

describe("readiness", () => {
  it("is there while records can be taken", () => {
    expect(readinessOf(partsWith({}))).toEqual({ ready: true, reason: "" });
  });

  it.each<[string, Partial<ReadinessParts>, string]>([
    ["the start", { stage: () => "starting" }, "the gateway is starting"],
    ["the stop, whatever else", { stage: () => "stopping", condition: conditionOf("failed", "closed") }, "the gateway is stopping"],
    [
      "a disk with little room",
      { condition: conditionOf("low_space", "100 MiB left") },
      "the journal takes nothing (low_space): 100 MiB left",
    ],
    ["a recovery", { condition: conditionOf("recovering", "EIO") }, "the journal takes nothing (recovering): EIO"],
    ["a journal that needs a person", { condition: conditionOf("failed", "torn") }, "the journal takes nothing (failed): torn"],
    [
      "a write that failed just now",
      { condition: conditionOf("full", "x"), admission: failing },
      "the journal cannot be written: no space left",
    ],
    [
      "a destination that is too far behind",
      { pressure: () => ({ message: "destination oncall has fallen too far behind", retryAfterMs: 1_000 }) },
      "destination oncall has fallen too far behind",
    ],
  ])("is gone during %s", (_, parts, reason) => {
    expect(readinessOf(partsWith(parts))).toEqual({ ready: false, reason });
  });

  it("comes back for a full journal after a while, since a write has to try", () => {
    expect(readinessOf(partsWith({ condition: conditionOf("full", "no space left") }))).toEqual({ ready: true, reason: "" });
  });
});
