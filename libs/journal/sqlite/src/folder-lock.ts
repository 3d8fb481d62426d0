import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { JournalError } from "@tapio/journal";
import { toJournalError } from "./sqlite-error.ts";

export const LOCK_FILE = "journal.lock";
/** Who holds the lock, for people and for the error message only: it decides nothing. */
export const OWNER_FILE = "journal.owner";

export interface FolderLock {
  release(): void;
}

/**
 * Owns the folder for this process. The lock is SQLite's own exclusive lock on an empty database that is kept open: the operating
 * system holds it, so that it ends with the process however that ends, and no stale lock can remain. Node has no other way to such a
 * lock. (A file with a process id can be stale, and then belong to another process with the same id.)
 * @throws JournalError `locked` at once when another process, or this one, owns the folder.
 */
export function lockFolder(path: string): FolderLock {
  const ownerFile = join(path, OWNER_FILE);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, LOCK_FILE), { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
    writeFileSync(ownerFile, `${process.pid} on ${hostname()} since ${new Date().toISOString()}\n`);
  } catch (error) {
    if (lock?.isOpen) lock.close();
    const problem = toJournalError(`open ${path}`, error);
    if (problem.code !== "locked") throw problem;
    throw new JournalError(
      "locked",
      `open ${path}: process ${readOwner(ownerFile)} owns this journal; stop it, or choose another folder`,
      error,
    );
  }
  const held = lock;
  return {
    release() {
      if (!held.isOpen) return;
      rmSync(ownerFile, { force: true });
      held.close();
    },
  };
}

function readOwner(ownerFile: string): string {
  try {
    return readFileSync(ownerFile, "utf8").trim();
  } catch {
    return "(unknown)";
  }
}
