import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { JournalError } from "@tapio/journal";
import { LOCK_FILE, OWNER_FILE } from "./folder-lock.ts";
import { checkHeader, HEADER_BYTES } from "./schema.ts";
import { toJournalError } from "./sqlite-error.ts";

export const DATABASE_FILE = "journal.db";
/** The index of ids, which may be deleted at any time. */
export const INDEX_FILE = "index.db";
/** What may stand in a folder that holds no journal yet: our own lock, an index that was left, and what a freshly made file system has. */
const HARMLESS = new Set([OWNER_FILE, "lost+found", ...withCompanions(LOCK_FILE), ...withCompanions(INDEX_FILE)]);

/** A database's file, and what SQLite leaves beside it when its process is killed. */
function withCompanions(file: string): readonly string[] {
  return ["", "-journal", "-wal", "-shm"].map((suffix) => file + suffix);
}

/**
 * Makes the folder when it is missing, and sees that a journal is in it or can be. Changes nothing that is there.
 * @throws JournalError `version` when it holds something else, `io` when it cannot be made or read.
 */
export function prepareFolder(path: string): void {
  try {
    const made = mkdirSync(path, { recursive: true });
    if (made !== undefined) syncFolders(resolve(path), dirname(resolve(made)));
    const names = readdirSync(path);
    if (names.includes(DATABASE_FILE)) return;
    const foreign = names.find((name) => !HARMLESS.has(name));
    if (foreign === undefined) return;
    throw new JournalError(
      "version",
      `open ${path}: the folder holds ${foreign} but no ${DATABASE_FILE}; choose an empty folder or a new one`,
    );
  } catch (error) {
    throw toJournalError(`open ${path}`, error);
  }
}

/** The database's file, once its header shows that it is ours or still empty. To be called with the lock held. */
export function checkDatabaseFile(path: string): string {
  const file = join(path, DATABASE_FILE);
  try {
    const descriptor = openSync(file, "r");
    try {
      const header = new Uint8Array(HEADER_BYTES);
      checkHeader(file, header.subarray(0, readSync(descriptor, header)));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw toJournalError(`open ${file}`, error);
  }
  return file;
}

/** A new folder is durable once its parent is flushed. */
function syncFolders(from: string, to: string): void {
  for (let folder = from; ; folder = dirname(folder)) {
    syncPath(folder);
    if (folder === to || folder === dirname(folder)) return;
  }
}

/** Flushes a file, or what a folder lists. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
