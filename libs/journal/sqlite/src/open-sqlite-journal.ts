import { statfs } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import type { Journal } from "@tapio/journal";
import { createSqliteJournal } from "./create-sqlite-journal.ts";
import { checkDatabaseFile, prepareFolder } from "./folder.ts";
import { lockFolder } from "./folder-lock.ts";
import { type SqliteJournalOptions, withDefaults } from "./options.ts";
import { openStores, type StoreThreads } from "./stores.ts";

const RECOVERY_DELAY_MS = 1000;
const SPACE_EVERY_MS = 1000;

/**
 * Opens the journal in a folder, or makes a new one.
 * @throws JournalError `locked`: another process owns it; `version`: another format, or something else is there; `corrupt`; `io`; `full`.
 * @throws RangeError when an option makes no sense.
 */
export async function openSqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  const settings = withDefaults(options);
  const { path, logger } = settings;
  prepareFolder(path);
  const lock = lockFolder(path);
  try {
    const reopen = () => openStores(checkDatabaseFile(path), settings, threads);
    const stores = await reopen();
    const { head, trimmedTo } = stores.position;
    logger.info({ path, head, trimmed_to: trimmedTo }, "the journal is open");
    return await createSqliteJournal({
      ...{ settings, stores, reopen, recoveryDelayMs: RECOVERY_DELAY_MS, spaceEveryMs: SPACE_EVERY_MS },
      freeBytes: () => freeBytesAt(path),
      release: () => lock.release(),
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

const threads: StoreThreads = {
  startWriter: (options) => startWorker("writer", options),
  startReader: (file) => startWorker("reader", file),
  startIndex: (options) => startWorker("index", options),
};

/** The workers' files end as this one does: `.ts` from source, `.js` from `dist`. */
function startWorker(name: "writer" | "reader" | "index", workerData: unknown): Worker {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./${name}.worker.${extension}`, import.meta.url), {
    workerData,
    name: `journal-${name}`,
    ...flagsFor(process.execArgv),
  });
}

/** Workers inherit the process's flags, but `node --input-type=module -e` has one that a file cannot be run with. */
export function flagsFor(execArgv: readonly string[]): { execArgv?: string[] } {
  if (!execArgv.some((flag) => flag.startsWith("--input-type"))) return {};
  return { execArgv: execArgv.filter((flag) => flag.startsWith("--conditions=")) };
}
