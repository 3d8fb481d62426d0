import { delivered } from "@tapio/integration-core";
import { sampleEvent, sampleView } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { machineOptions } from "../../test/machine-options.ts";
import type { Attempt, MachineEffect, MachineEvent } from "./events.ts";
import { handle } from "./handle.ts";
import { createMachineState } from "./machine-state.ts";

const startMs = 1_000_000;

/** A machine that is told of one record after the other, all delivered at once. */
function createQuick() {
  const machine = createMachineState(machineOptions({ isBatching: false, cursorPaceMs: 10 }));
  let sequence = 0;
  const cursorsIn = (effects: readonly MachineEffect[]) =>
    effects.flatMap((effect) => (effect.kind === "commit" ? [effect.change.cursor] : []));
  const send = (event: MachineEvent, atMs: number) => cursorsIn(handle(machine, event, startMs + atMs));
  return {
    machine,
    send,
    /** What is written when the next record is delivered at `atMs`. */
    deliver(atMs: number) {
      sequence += 1;
      const records = [{ sequence, appendedAtMs: startMs, view: sampleView(sampleEvent()) }];
      const effects = handle(machine, { kind: "read", records }, startMs + atMs);
      const attempt = effects.find((effect): effect is { kind: "attempt"; attempt: Attempt } => effect.kind === "attempt")?.attempt;
      if (attempt === undefined) throw new Error("no attempt");
      return [...cursorsIn(effects), ...send({ kind: "attempted", attempt, outcomes: [delivered()] }, atMs)];
    },
  };
}

describe("DLV-7: a cursor that moved alone", () => {
  it("is written at once, and then no sooner than the pace after the last write", () => {
    const { machine, send, deliver } = createQuick();
    expect(deliver(0)).toEqual([1]);
    expect(deliver(1)).toEqual([]);
    expect(send({ kind: "committed" }, 2)).toEqual([]);
    expect(machine.wakeAtMs).toBe(startMs + 12);
    expect([deliver(5), deliver(11)]).toEqual([[], []]);
    expect(send({ kind: "tick" }, 12)).toEqual([4]);
  });

  it("does not wait when the destination halts, nor when somebody waits for a drain", () => {
    for (const event of [{ kind: "halt" }, { kind: "drain_to", sequence: 2 }] as const) {
      const { send, deliver } = createQuick();
      deliver(0);
      send({ kind: "committed" }, 1);
      expect(deliver(2)).toEqual([]);
      expect(send(event, 3)).toEqual([2]);
    }
  });

  it("does not wait for a clock that was set back", () => {
    const { send, deliver } = createQuick();
    deliver(0);
    send({ kind: "committed" }, 1);
    expect(deliver(-3_600_000)).toEqual([2]);
  });
});
