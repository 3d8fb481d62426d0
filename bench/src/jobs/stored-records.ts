import { DatabaseSync } from "node:sqlite";
import { openSqliteJournal } from "@tapio/journal-sqlite";
import { journalFolder, packedFile } from "./start-ours.ts";

/** How many records the gateway's journal has, which must have been stopped. */
export async function recordsInJournal(folder: string): Promise<number> {
  const journal = await openSqliteJournal({ path: journalFolder(folder) });
  const { first, head } = journal.bounds();
  await journal.close();
  return head - first + 1;
}

/** The same for a bare loop. */
export function recordsInPackedFile(folder: string): number {
  const db = new DatabaseSync(packedFile(folder), { readOnly: true });
  try {
    return Number(db.prepare("SELECT sum(records) AS records FROM packed").get()?.["records"]);
  } finally {
    db.close();
  }
}
