import type { DatabaseSync } from "node:sqlite";
import type { JournalPosition } from "./messages.ts";

export interface StoredPosition extends JournalPosition {
  readonly lastAppendedAtMs: number;
  /** Bytes of all records ever appended. */
  readonly bytesThrough: number;
}

export function storedPosition(db: DatabaseSync): StoredPosition {
  const trimmedTo = Number(db.prepare("SELECT trimmed_to FROM journal").get()?.trimmed_to ?? 0);
  const newest = db
    .prepare("SELECT first_sequence, record_count, appended_at_ms, bytes_through FROM record_group ORDER BY first_sequence DESC LIMIT 1")
    .get();
  if (newest === undefined) return { trimmedTo, head: trimmedTo, lastAppendedAtMs: 0, bytesThrough: 0 };
  const head = Number(newest.first_sequence) + Number(newest.record_count) - 1;
  return { trimmedTo, head, lastAppendedAtMs: Number(newest.appended_at_ms), bytesThrough: Number(newest.bytes_through) };
}
