import { viewOfStored } from "@tapio/domain";
import { sampleEvent, sampleView } from "@tapio/testing";
import { expect, it } from "vitest";
import { machineOptions } from "../../test/machine-options.ts";
import type { ReadRecord } from "../record-reader.ts";
import { createMachineState } from "./machine-state.ts";
import { takeIn } from "./take-in.ts";

/** Records that lie in one buffer, as the journal reads them. */
function readTogether(count: number): { readonly buffer: Uint8Array; readonly records: ReadRecord[] } {
  const { bytes } = sampleView(sampleEvent());
  const buffer = new Uint8Array(count * bytes.length);
  const records = Array.from({ length: count }, (_, index): ReadRecord => {
    buffer.set(bytes, index * bytes.length);
    const read = viewOfStored(buffer, index * bytes.length, (index + 1) * bytes.length);
    if (!read.ok) throw new Error(read.problem.reason);
    return { sequence: index + 1, appendedAtMs: 0, view: read.view };
  });
  return { buffer, records };
}

it.each([
  [1, 100, false],
  [50, 100, true],
  [100, 100, true],
])(
  "what is taken keeps the bytes that were read with it alive only where it is a good part of them: %d of %d",
  (taken, count, isShared) => {
    const machine = createMachineState(
      machineOptions({
        judge: ({ sequence }) => (sequence <= taken ? { kind: "take", key: undefined } : { kind: "skip", reason: "filter" }),
      }),
    );
    const { buffer, records } = readTogether(count);
    takeIn(machine, records, 0);
    expect(machine.fresh.map(({ sequence }) => sequence)).toEqual(Array.from({ length: taken }, (_, index) => index + 1));
    for (const { view } of machine.fresh) {
      expect(view.bytes.buffer === buffer.buffer).toBe(isShared);
      expect([view.header.id, view.bytes]).toEqual(["event-1", sampleView(sampleEvent()).bytes]);
    }
    expect(machine.slots.overtaken(count)).toEqual(machine.fresh);
  },
);
