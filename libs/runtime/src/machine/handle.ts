import { permit } from "../breaker.ts";
import { beginAttempts } from "./begin.ts";
import { putBackRows, spanFactor, takeFetched } from "./clear.ts";
import { conclude } from "./conclude.ts";
import type { MachineEffect, MachineEvent } from "./events.ts";
import { parkCrowded } from "./lanes.ts";
import { isDirty, wakeBy, type MachineState } from "./machine-state.ts";
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
      return committed(machine);
    case "commit_failed":
      return commitFailed(machine);
    case "log_lost":
      machine.isCommitting = false;
      machine.isHalted = machine.isEnded = true;
      return;
    case "rows_added":
      for (const { sequence, key, state, dueAtMs } of event.rows)
        if (state !== "dead" && machine.held.get(sequence) === undefined)
          machine.held.add({ sequence, key, state, dueAtMs, isDurable: true });
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
  beginAttempts(machine, nowMs, effects);
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
  const { slots, fresh, held, options, breaker } = machine;
  const { maxInFlightRecords, maxBatchRecords, maxWaitingRecords } = options.window;
  if (machine.isReading || machine.isHalted || machine.isHeld || permit(breaker, nowMs).kind === "wait") return;
  if (fresh.length >= Math.max(maxBatchRecords, Math.min(maxInFlightRecords, freshMax))) return;
  if (slots.openRecords >= maxInFlightRecords * spanFactor || machine.staged.size > maxInFlightRecords) return;
  if (held.waiting >= maxWaitingRecords || slots.position >= (machine.drainTo ?? Infinity)) return;
  machine.isReading = true;
  effects.push({ kind: "read", after: slots.position });
}

/** Records that are read ahead, beyond a batch. */
const freshMax = 500;

function isDrained(machine: MachineState): boolean {
  const { drainTo, held, fresh, ready, inFlightAttempts, committedCursor } = machine;
  if (drainTo === undefined || machine.isHalted || committedCursor < drainTo) return false;
  return held.waiting + held.parked + fresh.length + ready.length + inFlightAttempts === 0 && !isDirty(machine) && !machine.isCommitting;
}

/**
 * What was cut off, or never begun, below something that was delivered gets a row, without an attempt counted: the cursor can pass, and nothing that
 * was delivered is delivered again after the next start. What was cut off at the end of the window is simply read again.
 */
function putBackOvertaken(machine: MachineState, nowMs: number): void {
  const why = { code: "canceled", message: "put back when the destination stopped" };
  for (const delivery of machine.slots.overtaken()) {
    const { sequence, key, slot } = delivery;
    machine.staged.set(sequence, waitingRow(delivery, delivery.attempt - 1, nowMs, nowMs, why));
    machine.held.add({ sequence, key, state: "waiting", dueAtMs: nowMs, isDurable: false });
    if (slot !== undefined) machine.slots.settle(slot, heldEnd);
  }
}

/** Everything that was settled is written, or nothing can be written any more. */
export function isFinished(machine: MachineState): boolean {
  return machine.isFinishing && (machine.isEnded || (!machine.isCommitting && machine.commit === undefined && !isDirty(machine)));
}
