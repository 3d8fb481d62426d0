import type { Delivery } from "./delivery.ts";
import { bytesOf, type ReadRecord } from "../record-reader.ts";
import type { MachineState } from "./machine-state.ts";
import { unreadableRow } from "./rows.ts";
import { heldEnd, type SlotEnd } from "./delivery.ts";

/** Puts records that were read into the window: what is not for this destination is settled at once. */
export function takeIn(machine: MachineState, records: readonly ReadRecord[], nowMs: number): void {
  const { options, slots, fresh, tally } = machine;
  let skip: SlotEnd & { kind: "skipped" } = { kind: "skipped", reason: "" };
  for (const record of records) {
    const { sequence } = record;
    if (sequence > (machine.drainTo ?? Infinity)) break;
    if (options.above.has(sequence)) {
      slots.pass(sequence, heldEnd);
      continue;
    }
    const judged = options.judge(record);
    switch (judged.kind) {
      case "take":
        if ("view" in record) fresh.push(deliveryOf(machine, record, judged.key));
        break;
      case "skip":
        if (judged.reason !== skip.reason) skip = { kind: "skipped", reason: judged.reason };
        slots.pass(sequence, skip);
        tally.skipped += 1;
        break;
      case "unreadable":
        machine.staged.set(sequence, unreadableRow({ sequence, bytes: bytesOf(record) }, judged.problem, nowMs));
        slots.pass(sequence, heldEnd);
        tally.dead += 1;
    }
  }
}

function deliveryOf(machine: MachineState, record: ReadRecord & { view: Delivery["view"] }, key: string | undefined): Delivery {
  const { sequence, appendedAtMs, view } = record;
  const place = machine.slots.take(sequence);
  const delivery: Delivery = {
    sequence,
    appendedAtMs,
    view,
    key,
    place,
    attempt: 1,
    firstAttemptAtMs: undefined,
    held: undefined,
    history: undefined,
  };
  machine.slots.attach(place, delivery);
  return delivery;
}
