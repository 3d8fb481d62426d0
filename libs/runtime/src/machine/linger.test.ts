import { expect, it } from "vitest";
import { sampleEvent, sampleView } from "@tapio/testing";
import { machineOptions } from "../../test/machine-options.ts";
import { windowPolicyFrom } from "../policy.ts";
import { handle } from "./handle.ts";
import { createMachineState } from "./machine-state.ts";

const startMs = 1_000_000;

function lingering() {
  return createMachineState(machineOptions({ window: { ...windowPolicyFrom(undefined), lingerMs: 50 } }));
}
const one = { kind: "read", records: [{ sequence: 1, appendedAtMs: startMs, view: sampleView(sampleEvent()) }] } as const;
const attempts = (effects: ReturnType<typeof handle>) => effects.filter(({ kind }) => kind === "attempt").length;

it("a batch that is not full waits for its linger, and no longer", () => {
  const machine = lingering();
  handle(machine, { kind: "tick" }, startMs);
  expect(attempts(handle(machine, one, startMs))).toBe(0);
  expect(machine.wakeAtMs).toBe(startMs + 50);
  expect(attempts(handle(machine, { kind: "tick" }, startMs + 49))).toBe(0);
  expect(attempts(handle(machine, { kind: "tick" }, startMs + 50))).toBe(1);
});

it("DLV-29: a clock that is set back by an hour makes a batch wait for its linger once more, not for an hour", () => {
  const machine = lingering();
  handle(machine, one, startMs);
  const backMs = startMs - 3_600_000;
  expect(attempts(handle(machine, { kind: "tick" }, backMs))).toBe(0);
  expect(attempts(handle(machine, { kind: "tick" }, backMs + 50))).toBe(1);
});
