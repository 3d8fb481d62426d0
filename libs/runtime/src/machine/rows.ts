import type { DeliveryRow } from "@tapio/journal";
import type { Delivery } from "./delivery.ts";

export interface RowReason {
  readonly code: string;
  readonly message: string;
}

/** The row of a delivery that waits for its next attempt. */
export function waitingRow(delivery: Delivery, attempts: number, dueAtMs: number, nowMs: number, why: RowReason): DeliveryRow {
  return rowOf(delivery, { state: "waiting", attempts, dueAtMs, firstAttemptAtMs: delivery.firstAttemptAtMs ?? nowMs, ...why });
}

/** The row of a delivery that was given up. */
export function deadRow(delivery: Delivery, nowMs: number, why: RowReason): DeliveryRow {
  const { attempt: attempts, firstAttemptAtMs } = delivery;
  return rowOf(delivery, { state: "dead", attempts, dueAtMs: nowMs, firstAttemptAtMs: firstAttemptAtMs ?? nowMs, ...why });
}

/** The row of a delivery that waits for another of its key. It holds a place in the journal and no copy of the record. */
export function parkedRow(delivery: Delivery, nowMs: number, behind: number): DeliveryRow {
  const why = { code: "parked", message: `waits for sequence ${behind} of the same key` };
  const { bytes: _, ...row } = waitingRow(delivery, 0, nowMs, nowMs, why);
  return { ...row, state: "parked" };
}

/** The dead letter of a record that cannot be read from the journal, or cannot be judged. */
export function unreadableRow(record: { sequence: number; bytes: Uint8Array }, problem: string, nowMs: number): DeliveryRow {
  return {
    ...{ sequence: record.sequence, recordId: `unreadable-${record.sequence}`, state: "dead", attempts: 0 },
    ...{ firstAttemptAtMs: nowMs, dueAtMs: nowMs, code: "record_invalid", message: problem, bytes: record.bytes },
  };
}

function rowOf(delivery: Delivery, rest: Omit<DeliveryRow, "sequence" | "recordId" | "bytes" | "key" | "history">): DeliveryRow {
  const { sequence, view, key, history } = delivery;
  return {
    ...{ sequence, recordId: view.header.id, bytes: view.bytes },
    ...(key === undefined ? {} : { key }),
    ...(history === undefined ? {} : { history }),
    ...rest,
  };
}
