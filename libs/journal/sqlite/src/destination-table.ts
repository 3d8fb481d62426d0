import type { DatabaseSync } from "node:sqlite";
import type { DestinationChange } from "@tapio/journal";
import { ROW_COLUMNS, rowValues } from "./delivery-row.ts";
import type { ActionResult, OpenedDestination, StoredLog } from "./messages.ts";

/** The destinations' side of the writer. Everything happens inside a transaction that the caller begins and ends. */
export interface DestinationTable {
  /** `kind` is stored when the log is new; what is returned has the stored one. */
  open(name: string, kind: string): OpenedDestination;
  commit(name: string, generation: number, change: DestinationChange): ActionResult;
  /** Every log as it is stored. */
  logs(): StoredLog[];
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
  const holdings = createHoldingsQuery(db);
  const write = createChangeWriter(db);
  const known = storedDestinations(db);
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
      return { ...opened, ...holdings(opened.id) };
    },
    logs: () => [...known].map(([destination, log]) => ({ destination, ...log, ...holdings(log.id) })),
    commit(name, generation, change) {
      const found = known.get(name);
      const { cursor } = change;
      if (found?.generation !== generation) return { kind: "fenced" };
      if (cursor !== undefined && cursor < (found.cursor ?? 0)) return { kind: "moved_back", from: found.cursor ?? 0 };
      write(found.id, change);
      if (cursor !== undefined) set(name, { ...found, cursor });
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

function createHoldingsQuery(db: DatabaseSync): (id: number) => Pick<OpenedDestination, "state" | "control"> {
  const selectState = db.prepare("SELECT state FROM destination_state WHERE destination = ?");
  const selectControl = db.prepare("SELECT control FROM destination_control WHERE destination = ?");
  return (id) => {
    const state = selectState.get(id)?.state;
    const control = selectControl.get(id)?.control;
    return {
      state: state instanceof Uint8Array ? state : undefined,
      control: control instanceof Uint8Array ? control : new Uint8Array(0),
    };
  };
}

function createChangeWriter(db: DatabaseSync): (destination: number, change: DestinationChange) => void {
  const setCursor = db.prepare("UPDATE destination SET cursor = ? WHERE id = ?");
  const setState = db.prepare("INSERT OR REPLACE INTO destination_state VALUES (?, ?)");
  const setControl = db.prepare("INSERT OR REPLACE INTO destination_control VALUES (?, ?)");
  const removeRow = db.prepare("DELETE FROM delivery_row WHERE destination = ? AND sequence = ?");
  const putRow = db.prepare(
    `INSERT OR REPLACE INTO delivery_row (destination, ${ROW_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const putSettlement = db.prepare("INSERT OR REPLACE INTO settlement VALUES (?, ?, ?, ?, ?, ?)");

  return (destination, { cursor, state, control, put = [], remove = [], settlements = [] }) => {
    if (cursor !== undefined) setCursor.run(cursor, destination);
    if (state !== undefined) setState.run(destination, state);
    if (control !== undefined) setControl.run(destination, control);
    for (const sequence of remove) removeRow.run(destination, sequence);
    for (const row of put) putRow.run(destination, ...rowValues(row));
    for (const { from, to, isLate, atMs, note } of settlements) putSettlement.run(destination, isLate ? 1 : 0, to, from, atMs, note);
  };
}

function storedDestinations(db: DatabaseSync): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const row of db.prepare("SELECT id, name, kind, generation, cursor FROM destination").iterate()) {
    const cursor = row.cursor === null ? undefined : Number(row.cursor);
    known.set(String(row.name), { id: Number(row.id), kind: String(row.kind), generation: Number(row.generation), cursor });
  }
  return known;
}
