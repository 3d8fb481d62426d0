import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";
import { type DeliveryRow, JournalError, type ReadLimit, type RowQuery } from "@tapio/journal";
import { ROW_COLUMNS, rowOf, stateNumber, stateOf } from "./delivery-row.ts";
import type { JournalPosition, PackedRecords } from "./messages.ts";
import { packRecords, type StoredGroup, takeRecords, toStoredGroup } from "./stored-group.ts";
import { toJournalError } from "./sqlite-error.ts";

/** Everything that reads a journal's file, in transactions of one statement. Synchronous: it lives in a thread of its own. */
export interface ReadStore {
  read(after: number, limit: ReadLimit): PackedRecords;
  sequenceBefore(atMs: number, position: JournalPosition): number;
  due(destination: number, nowMs: number, limit: number): DeliveryRow[];
  nextDueAtMs(destination: number): number | undefined;
  rows(destination: number, query: RowQuery): DeliveryRow[];
  counts(destination: number): Record<DeliveryRow["state"], number>;
  destinations(): string[];
  close(): void;
}

/** Groups of which only a part was read are kept for the next read; a group has at most 1 MiB, or one record. */
const KEPT_GROUPS_MAX = 8;
const MAX_LIMIT = 2 ** 53 - 1;

/** @throws JournalError `io` or `corrupt`. */
export function openReadStore(file: string): ReadStore {
  try {
    return guarded(file, createReadStore(new DatabaseSync(file, { readOnly: true, timeout: 5000 })));
  } catch (error) {
    throw toJournalError(`open ${file} for reading`, error);
  }
}

function createReadStore(db: DatabaseSync): ReadStore {
  const columns = "first_sequence, record_count, appended_at_ms";
  const groupAt = db.prepare(`SELECT ${columns} FROM record_group WHERE first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1`);
  const groupsFrom = db.prepare(`SELECT ${columns}, entries, body FROM record_group WHERE first_sequence >= ? ORDER BY first_sequence`);
  const names = db.prepare("SELECT name FROM destination ORDER BY id");
  const kept = new Map<number, StoredGroup>();

  function* storedGroups(from: number): Generator<StoredGroup> {
    let start = Number(groupAt.get(from)?.first_sequence ?? from);
    for (let group = kept.get(start); group !== undefined; group = kept.get(start)) {
      yield group;
      start = group.last + 1;
    }
    for (const row of groupsFrom.iterate(start)) {
      const group = toStoredGroup(row);
      if (group !== undefined) yield group;
    }
  }

  return {
    read(after, limit) {
      const taken = takeRecords(storedGroups(after + 1), after, limit);
      if (taken.cut !== undefined) keep(kept, taken.cut);
      return packRecords(taken);
    },
    sequenceBefore(atMs, { trimmedTo, head }) {
      let before = trimmedTo;
      for (let low = trimmedTo + 1, high = head; low <= high;) {
        const group = groupAt.get(Math.floor((low + high) / 2));
        const first = Number(group?.first_sequence ?? low);
        const last = first + Number(group?.record_count ?? 1) - 1;
        if (Number(group?.appended_at_ms ?? 0) < atMs) low = (before = last) + 1;
        else high = first - 1;
      }
      return before;
    },
    ...createRowQueries(db),
    destinations: () => names.all().map((row) => String(row.name)),
    close: () => db.close(),
  };
}

function keep(kept: Map<number, StoredGroup>, group: StoredGroup): void {
  kept.delete(group.first);
  kept.set(group.first, group);
  for (const first of kept.keys()) {
    if (kept.size <= KEPT_GROUPS_MAX) break;
    kept.delete(first);
  }
}

function createRowQueries(db: DatabaseSync): Pick<ReadStore, "due" | "nextDueAtMs" | "rows" | "counts"> {
  const select = (where: string) => db.prepare(`SELECT ${ROW_COLUMNS} FROM delivery_row WHERE destination = ? AND ${where} LIMIT ?`);
  const due = select("state = 0 AND due_at_ms <= ? ORDER BY due_at_ms, sequence");
  const anyState = select("sequence > ? ORDER BY sequence");
  const oneState = select("state = ? AND sequence > ? ORDER BY sequence");
  const nextDue = db.prepare("SELECT min(due_at_ms) AS at FROM delivery_row WHERE destination = ? AND state = 0");
  const counts = db.prepare("SELECT state, count(*) AS n FROM delivery_row WHERE destination = ? GROUP BY state");
  const list = (rows: Record<string, SQLOutputValue>[]) => rows.map(rowOf);
  const bounded = (limit: number): SQLInputValue => Math.floor(Math.min(limit, MAX_LIMIT));

  return {
    due: (destination, nowMs, limit) => list(due.all(destination, nowMs, bounded(limit))),
    nextDueAtMs(destination) {
      const at = nextDue.get(destination)?.at;
      return typeof at === "number" ? at : undefined;
    },
    rows(destination, { state, after, limit }) {
      if (state === undefined) return list(anyState.all(destination, after, bounded(limit)));
      return list(oneState.all(destination, stateNumber(state), after, bounded(limit)));
    },
    counts(destination) {
      const found = { waiting: 0, parked: 0, dead: 0 };
      for (const row of counts.all(destination)) found[stateOf(row.state)] = Number(row.n);
      return found;
    },
  };
}

/** The same store, whose every error is a JournalError. */
function guarded(file: string, store: ReadStore): ReadStore {
  const guard =
    <Args extends unknown[], Result>(method: (...args: Args) => Result) =>
    (...args: Args): Result => {
      try {
        return method(...args);
      } catch (error) {
        if (error instanceof RangeError) throw new JournalError("corrupt", `read ${file}: ${error.message}`, error);
        throw toJournalError(`read ${file}`, error);
      }
    };
  return {
    read: guard(store.read),
    sequenceBefore: guard(store.sequenceBefore),
    due: guard(store.due),
    nextDueAtMs: guard(store.nextDueAtMs),
    rows: guard(store.rows),
    counts: guard(store.counts),
    destinations: guard(store.destinations),
    close: guard(store.close),
  };
}
