import type { JournalPosition } from "./messages.ts";
import type { SqliteJournalSettings } from "./options.ts";
import type { ReadStore } from "./read-store.ts";
import { createWorkerClient, type WorkerClient, type WorkerPort } from "./worker-client.ts";
import type { WriteStore, WriteStoreOptions } from "./write-store.ts";

/** The journal's threads, with the file open in each. */
export interface Stores {
  readonly writer: WorkerClient<WriteStore>;
  readonly reader: WorkerClient<ReadStore>;
  readonly position: JournalPosition;
}

export interface StoreThreads {
  startWriter(options: WriteStoreOptions): WorkerPort;
  startReader(file: string): WorkerPort;
}

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
    return { writer, reader, position: await writer.call("position", []) };
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
