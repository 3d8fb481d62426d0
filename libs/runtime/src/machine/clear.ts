import { viewOf, type RecordView } from "@tapio/domain";
import type { DeliveryRow } from "@tapio/journal";
import type { Delivery } from "./delivery.ts";
import type { FetchedRow, MachineEffect } from "./events.ts";
import type { HeldRow } from "./delivery.ts";
import { enterLane, leaveLane } from "./lanes.ts";
import type { MachineState } from "./machine-state.ts";

/** How far the window may reach beyond an attempt that does not end, as a multiple of what may be in flight. It bounds what is delivered again after a crash. */
export const spanFactor = 4;

/** Clears deliveries to go until `wanted` are ready, as far as there are any: rows that are due and fresh records by turns, so that neither waits for the other. */
export function clearUpTo(machine: MachineState, wanted: number, nowMs: number, effects: MachineEffect[]): void {
  const sources = [clearRows, clearFresh];
  if (!machine.isRowsTurn) sources.reverse();
  machine.isRowsTurn = !machine.isRowsTurn;
  for (const clear of sources) {
    if (machine.ready.length >= wanted) return;
    clear(machine, wanted, nowMs, effects);
  }
}

function clearRows(machine: MachineState, wanted: number, nowMs: number, effects: MachineEffect[]): void {
  const { held, ready, options } = machine;
  const max = Math.min(wanted - ready.length, Math.max(options.window.maxBatchRecords, wanted) - machine.fetching);
  if (max <= 0) return;
  const cold: HeldRow[] = [];
  for (const row of held.takeDue(nowMs, max)) {
    if (row.warm === undefined) cold.push(row);
    else ready.push(deliveryOf(row, row.warm.row, row.warm.view));
  }
  if (cold.length === 0) return;
  machine.fetching += cold.length;
  effects.push({ kind: "fetch", rows: cold });
}

function clearFresh(machine: MachineState, wanted: number, nowMs: number): void {
  const { fresh, ready, slots, options, held } = machine;
  if (held.waiting >= options.window.maxWaitingRecords) return;
  const spanMax = options.window.maxInFlightRecords * spanFactor;
  if (!options.isOrdered) {
    // Nothing holds up one of them alone, and their places follow each other.
    const room = spanMax - slots.spanOf(fresh[0]?.place ?? 0);
    ready.push(...fresh.splice(0, Math.min(wanted - ready.length, room)));
    return;
  }
  let taken = 0;
  for (let delivery = fresh[taken]; delivery !== undefined && ready.length < wanted; delivery = fresh[taken]) {
    if (delivery.place !== undefined && slots.spanOf(delivery.place) >= spanMax) break;
    taken += 1;
    if (enterLane(machine, delivery, nowMs)) ready.push(delivery);
  }
  if (taken > 0) fresh.splice(0, taken);
}

/** Rows came from the journal with their records; one whose record cannot be read becomes a dead letter. */
export function takeFetched(machine: MachineState, rows: readonly FetchedRow[], nowMs: number): void {
  machine.fetching -= rows.length;
  for (const fetched of rows) {
    const { held } = fetched;
    if ("isGone" in fetched) {
      // Somebody else's word on it is durable, e.g. that it is dead: nothing is written over that.
      machine.held.remove(held);
      leaveLane(machine, held.key, nowMs);
      continue;
    }
    const { row } = fetched;
    if ("view" in fetched) {
      machine.ready.push(deliveryOf(held, row, fetched.view));
      continue;
    }
    machine.staged.set(row.sequence, { ...row, state: "dead", dueAtMs: nowMs, code: "record_invalid", message: fetched.problem });
    machine.held.remove(held);
    machine.tally.dead += 1;
    leaveLane(machine, held.key, nowMs);
  }
}

/** Not fetched after all: they are due again. */
export function putBackRows(machine: MachineState, rows: readonly HeldRow[]): void {
  machine.fetching -= rows.length;
  for (const row of rows) machine.held.putBack(row);
}

function deliveryOf(held: HeldRow, row: DeliveryRow, view: RecordView): Delivery {
  const { sequence, attempts } = row;
  return {
    ...{ sequence, view, held, key: held.key, place: undefined, appendedAtMs: undefined, history: row.history },
    attempt: attempts + 1,
    firstAttemptAtMs: attempts === 0 ? undefined : row.firstAttemptAtMs,
  };
}

/**
 * A row's record, from the row's own copy or, for a parked one, from the journal; or why there is none. It is judged again: a row has no checksum as what
 * the journal reads has.
 */
export function rowRecord(bytes: Uint8Array | undefined): { readonly view: RecordView } | { readonly problem: string } {
  if (bytes === undefined) return { problem: "the row's record is not in the journal any more" };
  const read = viewOf(bytes);
  if (read.ok) return { view: read.view };
  return { problem: `the row's record cannot be read: ${read.problem.field} ${read.problem.reason}` };
}
