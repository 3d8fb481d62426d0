import type { DeliveryRow, DestinationChange } from "@tapio/journal";
import type { MachineEffect } from "./events.ts";
import { isDirty, wakeBy, type MachineState } from "./machine-state.ts";

/** Writes what is settled: one commit at a time, each with all that was settled while the one before was under way. */
export function writeSettled(machine: MachineState, nowMs: number, effects: MachineEffect[]): void {
  if (machine.isCommitting || machine.isEnded || machine.isStalled) return;
  if (machine.commit === undefined) {
    if (!isDirty(machine) || isPaced(machine, nowMs)) return;
    machine.commit = nextCommit(machine, nowMs);
  }
  machine.isCommitting = true;
  effects.push({ kind: "commit", change: machine.commit.change });
}

/** A cursor that moved alone can wait a little, unless somebody waits for it. */
function isPaced(machine: MachineState, nowMs: number): boolean {
  const { staged, late, settledAbove, isHalted, drainTo, committedAtMs, options } = machine;
  if (staged.size + late.length + settledAbove.size > 0 || isHalted || drainTo !== undefined) return false;
  const sinceMs = nowMs - committedAtMs;
  if (sinceMs < 0 || sinceMs >= options.cursorPaceMs) return false;
  wakeBy(machine, committedAtMs + options.cursorPaceMs);
  return true;
}

/** Everything that is staged and, in the same write, the cursor that passes it. */
function nextCommit(machine: MachineState, nowMs: number): NonNullable<MachineState["commit"]> {
  const { slots, staged, late, settledAbove, committedCursor, options } = machine;
  const { cursor } = slots;
  for (const [sequence, settlement] of settledAbove) {
    if (sequence > cursor) continue;
    settledAbove.delete(sequence);
    staged.set(sequence, "remove");
    late.push(settlement);
  }
  const put: DeliveryRow[] = [];
  const remove: number[] = [];
  for (const [sequence, row] of staged) {
    if (row === "remove") remove.push(sequence);
    else put.push(row);
  }
  const range = cursor > committedCursor ? [slots.takeNote().settlement(cursor, nowMs, options.configHash)] : [];
  const settlements = [...range, ...late.splice(0)];
  staged.clear();
  const change: DestinationChange = {
    ...(cursor > committedCursor ? { cursor } : {}),
    ...(put.length > 0 ? { put } : {}),
    ...(remove.length > 0 ? { remove } : {}),
    ...(settlements.length > 0 ? { settlements } : {}),
  };
  return { change, rows: put.filter((row) => row.state !== "dead").map((row) => row.sequence) };
}

export function committed(machine: MachineState, nowMs: number): void {
  const { commit } = machine;
  if (commit === undefined) return;
  machine.committedAtMs = nowMs;
  machine.isCommitting = false;
  machine.commit = undefined;
  machine.committedCursor = commit.change.cursor ?? machine.committedCursor;
  // A later word on a row is not durable yet.
  for (const sequence of commit.rows) if (!machine.staged.has(sequence)) machine.held.release(sequence);
}

/** The same change is tried again; once halted, only at the finish, where one failure is the end. */
export function commitFailed(machine: MachineState): void {
  machine.isCommitting = false;
  if (machine.isFinishing) machine.isEnded = true;
  machine.isStalled = machine.isHalted;
}
