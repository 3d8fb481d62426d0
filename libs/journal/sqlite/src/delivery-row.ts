import type { DeliveryRow } from "@tapio/journal";
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";

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

/** All but the record's bytes, which stand last so that a listing does not read them. */
export const LISTED_COLUMNS = "sequence, state, record_id, attempts, first_attempt_at_ms, due_at_ms, code, message, key, through, history";
/** In the order in which `rowValues` gives them. */
export const ROW_COLUMNS = `${LISTED_COLUMNS}, bytes`;

export function rowValues(row: DeliveryRow): SQLInputValue[] {
  const { sequence, recordId, attempts, firstAttemptAtMs, dueAtMs, code, message, key, through, history, bytes } = row;
  const listed = [sequence, stateNumber(row.state), recordId, attempts, firstAttemptAtMs, dueAtMs, code, message];
  return [...listed, key ?? null, through ?? null, history ?? null, bytes ?? null];
}

export function rowOf(stored: Record<string, SQLOutputValue>): DeliveryRow {
  const { key, through, history, bytes } = stored;
  return {
    sequence: Number(stored.sequence),
    recordId: String(stored.record_id),
    state: stateOf(stored.state),
    attempts: Number(stored.attempts),
    firstAttemptAtMs: Number(stored.first_attempt_at_ms),
    dueAtMs: Number(stored.due_at_ms),
    code: String(stored.code),
    message: String(stored.message),
    ...(typeof key === "string" && { key }),
    ...(typeof through === "number" && { through }),
    ...(history instanceof Uint8Array && { history }),
    ...(bytes instanceof Uint8Array && { bytes }),
  };
}
