import type { DatabaseSync } from "node:sqlite";
import type { DeliveryRow } from "@tapio/journal";
import { LISTED_COLUMNS, rowOf } from "../delivery-row.ts";
import type { JournalProblem } from "./check-journal.ts";

export interface DestinationTotals {
  readonly name: string;
  readonly kind: string;
  readonly cursor: number | undefined;
  readonly rows: Readonly<Record<DeliveryRow["state"], number>>;
  readonly settlements: number;
}

/** The destinations' logs: every row and settlement is read, and belongs to a destination. */
export function checkDestinations(db: DatabaseSync): { problems: JournalProblem[]; totals: DestinationTotals[] } {
  const problems: JournalProblem[] = [];
  const totals: DestinationTotals[] = [];
  const problem = (message: string, from?: number, to = from) => {
    const sequences = from === undefined || to === undefined ? undefined : { from, to };
    problems.push({ area: "destinations", sequences, message });
  };
  const attempt = (what: string, work: () => void) => {
    try {
      work();
    } catch (error) {
      problem(`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  attempt("the list of destinations", () => {
    for (const { id = null, name, kind, cursor } of db.prepare("SELECT id, name, kind, cursor FROM destination ORDER BY id").all()) {
      const rows = { waiting: 0, parked: 0, dead: 0 };
      attempt(`the rows of ${String(name)}`, () => countRows(db, Number(id), String(name), rows, problem));
      let settlements = 0;
      attempt(`the settlements of ${String(name)}`, () => (settlements = countSettlements(db, Number(id), String(name), problem)));
      totals.push({ name: String(name), kind: String(kind), cursor: cursor === null ? undefined : Number(cursor), rows, settlements });
    }
  });
  for (const table of ["delivery_row", "settlement", "destination_state", "destination_control"]) {
    attempt(`the destinations of ${table}`, () => {
      const owners = db.prepare(`SELECT DISTINCT destination FROM ${table} WHERE destination NOT IN (SELECT id FROM destination)`).all();
      for (const { destination } of owners)
        problem(`${table} holds rows of a destination with the id ${String(destination)}, which is not there`);
    });
  }
  return { problems, totals };
}

type Problem = (message: string, from?: number, to?: number) => void;

function countRows(db: DatabaseSync, id: number, name: string, rows: Record<DeliveryRow["state"], number>, problem: Problem): void {
  const all = db.prepare(`SELECT ${LISTED_COLUMNS}, length(bytes) AS size FROM delivery_row WHERE destination = ? ORDER BY sequence`);
  for (const stored of all.iterate(id)) {
    try {
      const row = rowOf(stored);
      rows[row.state] += 1;
      if (row.through !== undefined && row.through < row.sequence) {
        problem(`a row of ${name} stands for the records ${row.sequence} to ${row.through}`, row.sequence);
      }
    } catch (error) {
      problem(`a row of ${name}: ${error instanceof Error ? error.message : String(error)}`, Number(stored.sequence));
    }
  }
}

function countSettlements(db: DatabaseSync, id: number, name: string, problem: Problem): number {
  const all = db.prepare("SELECT is_late, from_sequence, to_sequence FROM settlement WHERE destination = ? ORDER BY is_late, to_sequence");
  let count = 0;
  for (const { is_late: isLate, from_sequence: from, to_sequence: to } of all.iterate(id)) {
    count += 1;
    if (Number(from) > Number(to) || (isLate === 1 && from !== to)) {
      problem(`a settlement of ${name} goes from ${String(from)} to ${String(to)}`, Number(to));
    }
  }
  return count;
}
