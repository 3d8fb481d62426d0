import { dirname, join } from "node:path";
import { INDEX_FILE } from "./folder.ts";
import type { JournalPosition } from "./messages.ts";
import type { SqliteJournalSettings } from "./options.ts";
import type { IndexStore, IndexStoreOptions } from "./index-store.ts";
import type { ReadStore } from "./read-store.ts";
import { createWorkerClient, type WorkerClient, type WorkerPort } from "./worker-client.ts";
import type { WriteStore, WriteStoreOptions } from "./write-store.ts";

/** The journal's threads, with the file open in each. */
export interface Stores {
  readonly writer: WorkerClient<WriteStore>;
  readonly reader: WorkerClient<ReadStore>;
  readonly position: JournalPosition;
  /** Starts the thread that finds ids; only a journal that has come to some size needs it. */
  readonly startIndex: () => WorkerClient<IndexStore>;
}

export interface StoreThreads {
  startWriter(options: WriteStoreOptions): WorkerPort;
  startReader(file: string): WorkerPort;
  startIndex(options: IndexStoreOptions): WorkerPort;
}

/** How many records the index takes at a time: the newest of them, up to about twice as many, are looked through instead. */
export const SEGMENT_RECORDS = 262_144;
const INDEX_EVERY_MS = 1000;

/** Opens the file in both threads: the writer first, which makes the tables and makes durable what is there. Leaves nothing behind when it fails. */
export async function openStores(file: string, settings: SqliteJournalSettings, threads: StoreThreads): Promise<Stores> {
  const { dedupeRecords, dedupeAgeMs, maxFileBytes } = settings;
  const writer = createWorkerClient<WriteStore>(
    "writer",
    threads.startWriter({ file, dedupeRecords, dedupeAgeMs, fileBytesMax: maxFileBytes }),
  );
  let reader: WorkerClient<ReadStore> | undefined;
  try {
    await writer.opened;
    reader = createWorkerClient<ReadStore>("reader", threads.startReader(file));
    await reader.opened;
    const indexOptions = {
      journalFile: file,
      indexFile: join(dirname(file), INDEX_FILE),
      segmentRecords: SEGMENT_RECORDS,
      everyMs: INDEX_EVERY_MS,
    };
    const startIndex = () => createWorkerClient<IndexStore>("index", threads.startIndex(indexOptions));
    return { writer, reader, position: await writer.call("position", []), startIndex };
  } catch (error) {
    await reader?.end();
    await writer.end();
    throw error;
  }
}

/** The writer goes last, so that its connection is the one that folds the write-ahead log into the file. */
export async function closeStores({ writer, reader }: Pick<Stores, "writer" | "reader">, onError: (error: unknown) => void): Promise<void> {
  for (const close of [() => reader.call("close", []), () => reader.end(), () => writer.call("close", []), () => writer.end()]) {
    try {
      await close();
    } catch (error) {
      onError(error);
    }
  }
}
