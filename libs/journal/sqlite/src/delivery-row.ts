import type { DeliveryRow } from "@tapio/journal";
import type { SQLOutputValue } from "node:sqlite";

const states = ["waiting", "parked", "dead"] as const satisfies readonly DeliveryRow["state"][];

/** The number under which a state is stored. */
export function stateNumber(state: DeliveryRow["state"]): number {
  return states.indexOf(state);
}

export function stateOf(stored: SQLOutputValue | undefined): DeliveryRow["state"] {
  const state = states[Number(stored)];
  if (state === undefined) throw new RangeError(`a delivery row has the unknown state ${String(stored)}`);
  return state;
}

/** In the order in which `rowValues` gives them. */
export const ROW_COLUMNS = "sequence, state, record_id, attempts, first_attempt_at_ms, due_at_ms, code, message, bytes";

export function rowValues(row: DeliveryRow): (number | string | Uint8Array | null)[] {
  const { sequence, recordId, attempts, firstAttemptAtMs, dueAtMs, code, message, bytes } = row;
  return [sequence, stateNumber(row.state), recordId, attempts, firstAttemptAtMs, dueAtMs, code, message, bytes ?? null];
}

export function rowOf(stored: Record<string, SQLOutputValue>): DeliveryRow {
  const row = {
    sequence: Number(stored.sequence),
    recordId: String(stored.record_id),
    state: stateOf(stored.state),
    attempts: Number(stored.attempts),
    firstAttemptAtMs: Number(stored.first_attempt_at_ms),
    dueAtMs: Number(stored.due_at_ms),
    code: String(stored.code),
    message: String(stored.message),
  };
  return stored.bytes instanceof Uint8Array ? { ...row, bytes: stored.bytes } : row;
}
