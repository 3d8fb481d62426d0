import type { Delivery } from "./delivery.ts";
import type { Lane } from "./delivery.ts";
import type { MachineState } from "./machine-state.ts";
import { parkedRow } from "./rows.ts";
import { heldEnd } from "./delivery.ts";

/** A record from the window wants to go. True: it may. Otherwise it waits behind the others of its key, as a parked row where its key is stuck. */
export function enterLane(machine: MachineState, delivery: Delivery, nowMs: number): boolean {
  if (delivery.key === undefined) return true;
  const lane = machine.held.openLane(delivery.key);
  if (lane.busyWith === undefined && lane.rows.length === 0 && lane.behind.length === 0) {
    lane.busyWith = "window";
    return true;
  }
  lane.behind.push(delivery);
  // While one from the window goes, the rows are replayed ones: a parked row would outlive a crash that the one before it does not, and overtake it.
  if (lane.rows.length > 0 && lane.busyWith !== "window") parkBehind(machine, delivery.key, lane, nowMs);
  return false;
}

/** The attempt of this key ended, whatever came of it: the next one may go. */
export function leaveLane(machine: MachineState, key: string | undefined, nowMs: number): void {
  const lane = key === undefined ? undefined : machine.held.lane(key);
  if (key === undefined || lane === undefined) return;
  lane.busyWith = undefined;
  const [row] = lane.rows;
  if (row !== undefined) {
    machine.held.offer(row);
    parkBehind(machine, key, lane, nowMs);
    return;
  }
  machine.crowded.delete(key);
  const next = lane.behind.shift();
  if (next === undefined) {
    machine.held.closeLane(key);
  } else {
    lane.busyWith = "window";
    machine.ready.push(next);
  }
}

/** Parks what there was no room for, now that there may be some. */
export function parkCrowded(machine: MachineState, nowMs: number): void {
  for (const key of machine.crowded) {
    if (!hasRoom(machine)) return;
    const lane = machine.held.lane(key);
    if (lane === undefined || lane.rows.length === 0) machine.crowded.delete(key);
    else parkBehind(machine, key, lane, nowMs);
  }
}

/** Makes rows of what waits in the window behind a stuck delivery, so that the cursor can pass. */
function parkBehind(machine: MachineState, key: string, lane: Lane, nowMs: number): void {
  const { held, slots, staged, tally } = machine;
  while (lane.behind.length > 0 && hasRoom(machine)) {
    const delivery = lane.behind.shift();
    if (delivery?.place === undefined) continue;
    const row = parkedRow(delivery, nowMs, lane.rows[0]?.sequence ?? delivery.sequence);
    staged.set(row.sequence, row);
    slots.settle(delivery.place, heldEnd);
    const { sequence, dueAtMs } = row;
    held.add({ sequence, key, state: "parked", dueAtMs, mayGo: false }, { row, view: delivery.view });
    tally.parked += 1;
  }
  if (lane.behind.length > 0) machine.crowded.add(key);
  else machine.crowded.delete(key);
}

function hasRoom({ held, options }: MachineState): boolean {
  return held.waiting + held.parked < options.window.maxParkedRecords;
}
