import type { DestinationLog, Journal } from "@tapio/journal";
import type { StartPosition } from "./policy.ts";

/** The cursor of a destination that has none yet. */
export async function firstCursor(journal: Pick<Journal, "bounds" | "sequenceBefore">, start: StartPosition): Promise<number> {
  switch (start.at) {
    case "head":
      return journal.bounds().head;
    case "beginning":
      return journal.bounds().first - 1;
    case "sequence":
      return start.after;
    case "time":
      return await journal.sequenceBefore(start.atMs);
  }
}

/** Sequences above the cursor that have a row: after a crash the row wins over reading the record again. */
export async function heldAbove(log: Pick<DestinationLog, "rows">, cursor: number): Promise<ReadonlySet<number>> {
  const held = new Set<number>();
  const limit = 1000;
  for (let after = cursor, isLast = false; !isLast;) {
    const rows = await log.rows({ after, limit });
    for (const row of rows) held.add(row.sequence);
    after = rows.at(-1)?.sequence ?? after;
    isLast = rows.length < limit;
  }
  return held;
}
