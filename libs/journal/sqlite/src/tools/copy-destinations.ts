import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";

interface CopiedTable {
  readonly name: string;
  /** What its rows are ordered by, each of them once. */
  readonly key: string;
  /** Columns with a sequence that the destinations have come to. */
  readonly sequences: readonly string[];
}

const tables: readonly CopiedTable[] = [
  { name: "destination", key: "id", sequences: ["cursor"] },
  { name: "destination_state", key: "destination", sequences: [] },
  { name: "destination_control", key: "destination", sequences: [] },
  { name: "delivery_row", key: "rowid", sequences: ["sequence", "through"] },
  { name: "settlement", key: "destination, is_late, to_sequence", sequences: ["to_sequence"] },
];

/** Copies what can be read of the destinations' logs, says of what it cannot, and returns the last sequence that any of it speaks of. */
export function copyDestinations(from: DatabaseSync, copy: DatabaseSync, losses: string[]): number {
  let reached = 0;
  for (const table of tables) {
    const columns = copy
      .prepare(`SELECT name FROM pragma_table_info(?)`)
      .all(table.name)
      .map(({ name }) => String(name));
    const insert = copy.prepare(`INSERT OR IGNORE INTO ${table.name} VALUES (${columns.map(() => "?").join(", ")})`);
    const put = (row: Record<string, SQLOutputValue>) => {
      insert.run(...columns.map((column): SQLInputValue => row[column] ?? null));
      for (const column of table.sequences) reached = Math.max(reached, Number(row[column] ?? 0));
    };
    const loss = copyTable(from, table, put);
    if (loss !== undefined) losses.push(loss);
  }
  return reached;
}

/** From the front up to what is damaged, then from the back: what lies between is lost. */
function copyTable(from: DatabaseSync, { name, key }: CopiedTable, put: (row: Record<string, SQLOutputValue>) => void): string | undefined {
  const copyInOrder = (order: string): Error | undefined => {
    try {
      for (const row of from.prepare(`SELECT * FROM ${name} ORDER BY ${order}`).iterate()) put(row);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
  const problem = copyInOrder(key);
  if (problem === undefined) return undefined;
  copyInOrder(
    key
      .split(", ")
      .map((column) => `${column} DESC`)
      .join(", "),
  );
  return `some rows of ${name} cannot be read: ${problem.message}`;
}
