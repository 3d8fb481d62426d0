import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { DeliveryRow, RowQuery, Settlement } from "@tapio/journal";
import { LISTED_COLUMNS, ROW_COLUMNS, rowOf, stateNumber, stateOf } from "./delivery-row.ts";

/** What is read of the destinations' logs. */
export interface DestinationQueries {
  due(destination: number, nowMs: number, limit: number): DeliveryRow[];
  nextDueAtMs(destination: number): number | undefined;
  rows(destination: number, query: RowQuery): DeliveryRow[];
  counts(destination: number): Record<DeliveryRow["state"], number>;
  settlements(destination: number, sequence: number): Settlement[];
  destinations(): string[];
}

const MAX_LIMIT = 2 ** 53 - 1;

export function createDestinationQueries(db: DatabaseSync): DestinationQueries {
  const names = db.prepare("SELECT name FROM destination ORDER BY id");
  return {
    ...createRowQueries(db),
    settlements: createSettlementQuery(db),
    destinations: () => names.all().map((row) => String(row.name)),
  };
}

function createRowQueries(db: DatabaseSync): Pick<DestinationQueries, "due" | "nextDueAtMs" | "rows" | "counts"> {
  const select = (columns: string, where: string) =>
    db.prepare(`SELECT ${columns} FROM delivery_row WHERE destination = ? AND ${where} LIMIT ?`);
  const listing = (columns: string) => ({
    anyState: select(columns, "sequence > ? ORDER BY sequence"),
    oneState: select(columns, "state = ? AND sequence > ? ORDER BY sequence"),
  });
  const due = select(ROW_COLUMNS, "state = 0 AND due_at_ms <= ? ORDER BY due_at_ms, sequence");
  const [whole, listed] = [listing(ROW_COLUMNS), listing(LISTED_COLUMNS)];
  const nextDue = db.prepare("SELECT min(due_at_ms) AS at FROM delivery_row WHERE destination = ? AND state = 0");
  const counts = db.prepare("SELECT state, count(*) AS n FROM delivery_row WHERE destination = ? GROUP BY state");
  const bounded = (limit: number): SQLInputValue => Math.floor(Math.min(limit, MAX_LIMIT));

  return {
    due: (destination, nowMs, limit) => due.all(destination, nowMs, bounded(limit)).map(rowOf),
    nextDueAtMs(destination) {
      const at = nextDue.get(destination)?.at;
      return typeof at === "number" ? at : undefined;
    },
    rows(destination, { state, after, limit, withoutBytes }) {
      const { anyState, oneState } = withoutBytes === true ? listed : whole;
      if (state === undefined) return anyState.all(destination, after, bounded(limit)).map(rowOf);
      return oneState.all(destination, stateNumber(state), after, bounded(limit)).map(rowOf);
    },
    counts(destination) {
      const found = { waiting: 0, parked: 0, dead: 0 };
      for (const row of counts.all(destination)) found[stateOf(row.state)] = Number(row.n);
      return found;
    },
  };
}

/** Ranges do not overlap, so that the first that ends at or after a sequence is the one that can hold it. */
function createSettlementQuery(db: DatabaseSync): DestinationQueries["settlements"] {
  const query = (isLate: 0 | 1, where: string) =>
    db.prepare(
      `SELECT is_late, from_sequence, to_sequence, at_ms, note FROM settlement WHERE destination = ? AND is_late = ${isLate} AND ${where}`,
    );
  const range = query(0, "to_sequence >= ? ORDER BY to_sequence LIMIT 1");
  const late = query(1, "to_sequence = ?");
  return (destination, sequence) =>
    [range.get(destination, sequence), late.get(destination, sequence)]
      .filter((row) => row !== undefined)
      .map(settlementOf)
      .filter(({ from }) => from <= sequence);
}

function settlementOf(row: Record<string, SQLOutputValue>): Settlement {
  return {
    from: Number(row.from_sequence),
    to: Number(row.to_sequence),
    isLate: row.is_late === 1,
    atMs: Number(row.at_ms),
    note: row.note instanceof Uint8Array ? row.note : new Uint8Array(0),
  };
}
