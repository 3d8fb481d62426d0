import { ownView } from "@tapio/domain";
import { bytesOf, sizeOf, type ReadRecord } from "../record-reader.ts";
import type { MachineState } from "./machine-state.ts";
import { unreadableRow } from "./rows.ts";
import { heldEnd, type Delivery, type SlotEnd } from "./delivery.ts";

/** Puts records that were read into the window: what is not for this destination is settled at once. */
export function takeIn(machine: MachineState, records: readonly ReadRecord[], nowMs: number): void {
  const { options, slots, fresh, tally } = machine;
  const before = fresh.length;
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
  ownFew(machine, before, records);
}

/** How many times the bytes of what was taken of a page may be kept alive by it. */
const pinnedMax = 8;

/** What a filter takes here and there would keep all that was read with it in memory, until it is delivered: it gets bytes of its own. */
function ownFew({ fresh, slots }: MachineState, before: number, records: readonly ReadRecord[]): void {
  if ((fresh.length - before) * 2 > records.length) return;
  const taken = fresh.slice(before).reduce((sum, { view }) => sum + view.size, 0);
  if (records.reduce((sum, record) => sum + sizeOf(record), 0) <= taken * pinnedMax) return;
  for (let index = before; index < fresh.length; index++) {
    const delivery = fresh[index];
    if (delivery?.place === undefined) continue;
    const own = { ...delivery, view: ownView(delivery.view) };
    fresh[index] = own;
    slots.attach(delivery.place, own);
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
