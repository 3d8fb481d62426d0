import { Worker } from "node:worker_threads";
import type { Journal } from "@tapio/journal";
import { createSqliteJournal } from "./create-sqlite-journal.ts";
import { checkDatabaseFile, prepareFolder } from "./folder.ts";
import { lockFolder } from "./folder-lock.ts";
import { type SqliteJournalOptions, withDefaults } from "./options.ts";
import type { ReadStore } from "./read-store.ts";
import { createWorkerClient, type WorkerClient } from "./worker-client.ts";
import type { WriteStore, WriteStoreOptions } from "./write-store.ts";

/**
 * Opens the journal in a folder, or makes a new one.
 * @throws JournalError `locked`: another process owns it; `version`: another format, or something else is there; `corrupt`; `io`; `full`.
 * @throws RangeError when an option makes no sense.
 */
export async function openSqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  const settings = withDefaults(options);
  const { path, dedupeRecords, dedupeAgeMs, maxFileBytes, logger } = settings;
  prepareFolder(path);
  const lock = lockFolder(path);
  const clients: WorkerClient<unknown>[] = [];
  try {
    const file = checkDatabaseFile(path);
    const writerOptions: WriteStoreOptions = { file, dedupeRecords, dedupeAgeMs, fileBytesMax: maxFileBytes };
    const writer = createWorkerClient<WriteStore>("writer", startWorker("writer", writerOptions));
    clients.push(writer);
    await writer.opened;
    const reader = createWorkerClient<ReadStore>("reader", startWorker("reader", file));
    clients.push(reader);
    await reader.opened;
    const position = await writer.call("position", []);
    logger.info({ path, head: position.head, trimmed_to: position.trimmedTo }, "the journal is open");
    return createSqliteJournal({ settings, writer, reader, position, release: () => lock.release() });
  } catch (error) {
    for (const client of clients) await client.end();
    lock.release();
    throw error;
  }
}

/** The workers' files end as this one does: `.ts` from source, `.js` from `dist`. */
function startWorker(name: "writer" | "reader", workerData: unknown): Worker {
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
