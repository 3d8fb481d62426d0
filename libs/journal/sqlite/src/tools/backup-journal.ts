import { renameSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { JournalError } from "@tapio/journal";
import { DATABASE_FILE, syncPath } from "../folder.ts";
import { toJournalError } from "../sqlite-error.ts";
import { checkJournal, type CheckOptions, type JournalReport } from "./check-journal.ts";
import { makeTarget, openInspected, sizeOf } from "./inspected-file.ts";

export interface BackupOptions extends CheckOptions {
  /** The folder of the copy; must be new or empty. */
  readonly to: string;
}

/**
 * A copy of the journal as it is at one moment, without the room that trimming freed; a gateway can be started on it. Works while a gateway
 * runs: what was acknowledged before the call is in it. It is durable and was read back when this resolves. The calling thread is busy
 * while SQLite copies: not for a process that serves.
 * @throws JournalError `corrupt` when the journal or the copy is damaged: `repairJournal` saves what can be read.
 */
export async function backupJournal(path: string, { to, onProgress = () => undefined, idOf }: BackupOptions): Promise<JournalReport> {
  const db = openInspected(path);
  try {
    const file = makeTarget(to);
    const partial = `${file}.partial`;
    const total = sizeOf(join(path, DATABASE_FILE));
    onProgress({ phase: "copy", done: 0, total });
    await nextTurn();
    // https://www.sqlite.org/lang_vacuum.html: one read transaction; the copy is not synced.
    db.prepare("VACUUM INTO ?").run(partial);
    syncPath(partial);
    renameSync(partial, file);
    syncPath(to);
    onProgress({ phase: "copy", done: total, total });
  } catch (error) {
    throw toJournalError(`back up ${path} to ${to}`, error);
  } finally {
    db.close();
  }
  const report = await checkJournal(to, { idOf, onProgress: ({ done, total }) => onProgress({ phase: "check", done, total }) });
  if (report.isWhole) return report;
  const first = report.problems[0]?.message ?? "";
  throw new JournalError("corrupt", `back up ${path} to ${to}: the copy has ${report.problems.length} problems; the first: ${first}`);
}
