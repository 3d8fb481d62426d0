import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

export type GroupRow = Record<string, SQLOutputValue>;

/** What stands in for "after every record". */
const BEYOND = 2 ** 53;
/** Rows per statement: a statement that is not at its end keeps the write-ahead log of a running gateway from starting over. */
const ROWS_PER_STEP = 256;

/**
 * The rows of `record_group` from `from` on, those that SQLite cannot read passed over: a damaged page takes its own rows with it and no
 * others. Who needs to know what is missing sees it by the sequences, which have no gaps.
 */
export function* walkGroups(db: DatabaseSync, columns: string, from: number, onDamage?: (error: unknown) => void): Generator<GroupRow> {
  const rows = db.prepare(`SELECT ${columns} FROM record_group WHERE first_sequence >= ? ORDER BY first_sequence LIMIT ${ROWS_PER_STEP}`);
  for (let start: number | undefined = from; start !== undefined;) {
    let found = 0;
    try {
      for (const row of rows.iterate(start)) {
        yield row;
        found += 1;
        start = Number(row.first_sequence) + 1;
      }
      if (found === 0) return;
    } catch (error) {
      onDamage?.(error);
      start = nextReadable(db, start);
    }
  }
}

/** The first sequence of the group that comes after one at or after `from` that could not be read; `undefined` when there is none. */
export function nextGroup(db: DatabaseSync, from: number): number | undefined {
  const start = nextReadable(db, from);
  const key = db.prepare("SELECT first_sequence FROM record_group WHERE first_sequence >= ? ORDER BY first_sequence LIMIT 1");
  const found = start === undefined ? undefined : key.get(start)?.first_sequence;
  return found === undefined ? undefined : Number(found);
}

/** Where to go on after the row at or after `from` could not be read: a start from which there is a next key; `undefined` when there is none. */
function nextReadable(db: DatabaseSync, from: number): number | undefined {
  const key = db.prepare("SELECT first_sequence FROM record_group WHERE first_sequence >= ? ORDER BY first_sequence LIMIT 1");
  const keyFrom = (start: number): number | undefined | "damaged" => {
    try {
      const found = key.get(start)?.first_sequence;
      return found === undefined ? undefined : Number(found);
    } catch {
      return "damaged";
    }
  };
  // The key can be read, its columns cannot: only that row is lost.
  const own = keyFrom(from);
  if (own !== "damaged") return own === undefined ? undefined : own + 1;
  let low = from;
  let high = from + 1;
  for (let step = 1; keyFrom(high) === "damaged"; high = Math.min(BEYOND, high + step)) {
    if (high === BEYOND) return undefined;
    low = high;
    step *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (keyFrom(middle) === "damaged") low = middle;
    else high = middle;
  }
  return high;
}
