import { permit } from "../breaker.ts";
import { beginAttempts } from "./begin.ts";
import { putBackRows, spanFactor, takeFetched } from "./clear.ts";
import { conclude } from "./conclude.ts";
import type { MachineEffect, MachineEvent } from "./events.ts";
import { parkCrowded } from "./lanes.ts";
import { addRow, isDirty, wakeBy, type MachineState } from "./machine-state.ts";
import { waitingRow } from "./rows.ts";
import { heldEnd } from "./delivery.ts";
import { takeIn } from "./take-in.ts";
import { committed, commitFailed, writeSettled } from "./write.ts";

/**
 * The whole of one destination's delivery: what happened goes in, what is to be done comes out. No clock, no socket, no promise: the same events
 * give the same effects. See docs/specs/delivery.md.
 */
export function handle(machine: MachineState, event: MachineEvent, nowMs: number): readonly MachineEffect[] {
  const effects: MachineEffect[] = [];
  take(machine, event, nowMs, effects);
  plan(machine, nowMs, effects);
  return effects;
}

function take(machine: MachineState, event: MachineEvent, nowMs: number, effects: MachineEffect[]): void {
  switch (event.kind) {
    case "tick":
      return;
    case "read":
      machine.isReading = false;
      return takeIn(machine, event.records, nowMs);
    case "fetched":
      return takeFetched(machine, event.rows, nowMs);
    case "fetch_failed":
      return putBackRows(machine, event.rows);
    case "attempted":
      return conclude(machine, event.attempt, event.outcomes, nowMs, effects);
    case "committed":
      return committed(machine, nowMs);
    case "commit_failed":
      return commitFailed(machine);
    case "log_lost":
      machine.isCommitting = false;
      machine.isHalted = machine.isEnded = true;
      return;
    case "rows_added":
      for (const { sequence, key, state, dueAtMs } of event.rows)
        if (state !== "dead" && machine.held.get(sequence) === undefined) addRow(machine, { sequence, key, state, dueAtMs });
      return;
    case "hold":
      machine.isHeld = event.isHeld;
      return;
    case "drain_to":
      machine.drainTo = event.sequence;
      return;
    case "halt":
      machine.isHalted = true;
      return;
    case "finish":
      machine.isHalted = machine.isFinishing = true;
      machine.isStalled = false;
      return putBackOvertaken(machine, nowMs);
  }
}

/** Everything that can be begun now is begun. */
function plan(machine: MachineState, nowMs: number, effects: MachineEffect[]): void {
  machine.wakeAtMs = undefined;
  parkCrowded(machine, nowMs);
  releasePassed(machine);
  beginAttempts(machine, nowMs, effects);
  if (isStuck(machine, nowMs)) {
    releaseAll(machine);
    beginAttempts(machine, nowMs, effects);
  }
  writeSettled(machine, nowMs, effects);
  readOn(machine, nowMs, effects);
  const dueAtMs = machine.isHalted || machine.isHeld ? undefined : machine.held.nextDueAtMs();
  if (dueAtMs !== undefined && dueAtMs > nowMs) wakeBy(machine, dueAtMs);
  if (isDrained(machine)) {
    machine.drainTo = undefined;
    machine.isHalted = true;
    effects.push({ kind: "drained" });
  }
}

/** Reads ahead while there is room in the window, and something may be attempted. */
function readOn(machine: MachineState, nowMs: number, effects: MachineEffect[]): void {
  if (machine.isReading || machine.isHalted || machine.isHeld || permit(machine.breaker, nowMs).kind === "wait") return;
  if (!hasRoom(machine)) return;
  machine.isReading = true;
  effects.push({ kind: "read", after: machine.slots.position });
}

function hasRoom({ slots, fresh, held, ahead, staged, options, drainTo }: MachineState): boolean {
  const { maxInFlightRecords, maxBatchRecords, maxWaitingRecords } = options.window;
  if (fresh.length >= Math.max(maxBatchRecords, Math.min(maxInFlightRecords, freshMax))) return false;
  if (slots.openRecords >= maxInFlightRecords * spanFactor || staged.size > maxInFlightRecords) return false;
  return held.waiting - ahead.size < maxWaitingRecords && slots.position < (drainTo ?? Infinity);
}

/** Rows that reading has passed may go: at an orderly stop all that lies before them can be put back, and the cursor pass what was delivered. */
function releasePassed({ ahead, slots, held }: MachineState): void {
  for (const sequence of ahead) {
    if (sequence > slots.position) continue;
    ahead.delete(sequence);
    held.release(sequence);
  }
}

/** Nothing can be read and nothing goes: rows that wait for reading to pass them may be what takes the room. */
function isStuck(machine: MachineState, nowMs: number): boolean {
  const { ahead, isReading, isHalted, isHeld, ready, fetching, inFlightAttempts } = machine;
  if (ahead.size === 0 || isReading || isHalted || isHeld || ready.length + fetching + inFlightAttempts > 0) return false;
  return !hasRoom(machine) && permit(machine.breaker, nowMs).kind !== "wait";
}

function releaseAll({ ahead, held, drainTo }: MachineState): void {
  for (const sequence of ahead) {
    if (sequence > (drainTo ?? Infinity)) continue;
    ahead.delete(sequence);
    held.release(sequence);
  }
}

/** Records that are read ahead, beyond a batch. */
const freshMax = 500;

function isDrained(machine: MachineState): boolean {
  const { drainTo, held, ahead, fresh, ready, inFlightAttempts, committedCursor } = machine;
  if (drainTo === undefined || machine.isHalted || committedCursor < drainTo) return false;
  const rows = held.waiting + held.parked - ahead.size;
  return rows + fresh.length + ready.length + inFlightAttempts === 0 && !isDirty(machine) && !machine.isCommitting;
}

/**
 * What was cut off, or never begun, below something that was delivered gets a row, without an attempt counted: the cursor can pass, and nothing that
 * was delivered is delivered again after the next start. What was cut off at the end of the window is simply read again.
 */
function putBackOvertaken(machine: MachineState, nowMs: number): void {
  const why = { code: "canceled", message: "put back when the destination stopped" };
  const rows = [...machine.settledAbove.keys()].filter((sequence) => sequence <= machine.slots.position);
  for (const delivery of machine.slots.overtaken(Math.max(0, ...rows))) {
    const { sequence, key, place } = delivery;
    machine.staged.set(sequence, waitingRow(delivery, delivery.attempt - 1, nowMs, nowMs, why));
    machine.held.add({ sequence, key, state: "waiting", dueAtMs: nowMs, mayGo: false });
    if (place !== undefined) machine.slots.settle(place, heldEnd);
  }
}

/** Everything that was settled is written, or nothing can be written any more. */
export function isFinished(machine: MachineState): boolean {
  return machine.isFinishing && (machine.isEnded || (!machine.isCommitting && machine.commit === undefined && !isDirty(machine)));
}
