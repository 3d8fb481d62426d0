import type { DatabaseSync } from "node:sqlite";
import type { DestinationChange } from "@tapio/journal";
import { ROW_COLUMNS, rowValues } from "./delivery-row.ts";
import type { ActionResult, OpenedDestination } from "./messages.ts";

/** The destinations' side of the writer. Everything happens inside a transaction that the caller begins and ends. */
export interface DestinationTable {
  /** `kind` is stored when the log is new; what is returned has the stored one. */
  open(name: string, kind: string): OpenedDestination;
  commit(name: string, generation: number, change: DestinationChange): ActionResult;
  /** The transaction was committed. */
  settle(): void;
  /** The transaction was rolled back: takes back what is remembered of it. */
  revert(): void;
}

interface Known {
  readonly id: number;
  readonly kind: string;
  readonly generation: number;
  readonly cursor: number | undefined;
}

export function createDestinationTable(db: DatabaseSync): DestinationTable {
  const insert = db.prepare("INSERT INTO destination (name, kind, generation) VALUES (?, ?, 0)");
  const setGeneration = db.prepare("UPDATE destination SET generation = ? WHERE id = ?");
  const setCursor = db.prepare("UPDATE destination SET cursor = ? WHERE id = ?");
  const selectState = db.prepare("SELECT state FROM destination_state WHERE destination = ?");
  const setState = db.prepare("INSERT OR REPLACE INTO destination_state VALUES (?, ?)");
  const removeRow = db.prepare("DELETE FROM delivery_row WHERE destination = ? AND sequence = ?");
  const putRow = db.prepare(`INSERT OR REPLACE INTO delivery_row (destination, ${ROW_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);

  const known = new Map<string, Known>();
  for (const row of db.prepare("SELECT id, name, kind, generation, cursor FROM destination").iterate()) {
    const cursor = row.cursor === null ? undefined : Number(row.cursor);
    known.set(String(row.name), { id: Number(row.id), kind: String(row.kind), generation: Number(row.generation), cursor });
  }
  /** What the open transaction replaced. */
  const before = new Map<string, Known | undefined>();
  const set = (name: string, value: Known) => {
    if (!before.has(name)) before.set(name, known.get(name));
    known.set(name, value);
  };

  return {
    open(name, kind) {
      const found = known.get(name) ?? { id: Number(insert.run(name, kind).lastInsertRowid), kind, generation: 0, cursor: undefined };
      const opened = { ...found, generation: found.generation + 1 };
      setGeneration.run(opened.generation, opened.id);
      set(name, opened);
      const state = selectState.get(opened.id)?.state;
      return { ...opened, state: state instanceof Uint8Array ? state : undefined };
    },
    commit(name, generation, { cursor, state, put = [], remove = [] }) {
      const found = known.get(name);
      if (found?.generation !== generation) return { kind: "fenced" };
      if (cursor !== undefined && cursor < (found.cursor ?? 0)) return { kind: "moved_back", from: found.cursor ?? 0 };
      if (cursor !== undefined) {
        setCursor.run(cursor, found.id);
        set(name, { ...found, cursor });
      }
      if (state !== undefined) setState.run(found.id, state);
      for (const sequence of remove) removeRow.run(found.id, sequence);
      for (const row of put) putRow.run(found.id, ...rowValues(row));
      return { kind: "committed" };
    },
    settle() {
      before.clear();
    },
    revert() {
      for (const [name, value] of before) {
        if (value === undefined) known.delete(name);
        else known.set(name, value);
      }
      before.clear();
    },
  };
}
