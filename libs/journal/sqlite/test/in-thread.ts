import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import type { Journal } from "@tapio/journal";
import { createSqliteJournal } from "../src/create-sqlite-journal.ts";
import { openIndexStore } from "../src/index-store.ts";
import { type SqliteJournalOptions, withDefaults } from "../src/options.ts";
import { openReadStore } from "../src/read-store.ts";
import { openStores } from "../src/stores.ts";
import type { WorkerPort } from "../src/worker-client.ts";
import { serveWorker } from "../src/worker-server.ts";
import { openWriteStore } from "../src/write-store.ts";

/** The store behind a port as in its worker, messages cloned and buffers handed over, but in this thread. */
export function inThreadWorker(open: () => object): WorkerPort {
  const { port1, port2 } = new MessageChannel();
  serveWorker(port2, open);
  const worker: WorkerPort = {
    on(event: string, listener: (value: unknown) => void) {
      port1.on(event === "exit" ? "close" : event, listener);
      return this as never;
    },
    postMessage: (message, transfer) => port1.postMessage(message, transfer as ArrayBuffer[]),
    async terminate() {
      port1.close();
      return 0;
    },
  };
  return worker;
}

/** What a test replaces of the journal's surroundings. */
export interface InThreadSurroundings {
  readonly openWriter?: typeof openWriteStore;
  readonly openReader?: typeof openReadStore;
  readonly freeBytes?: () => Promise<number>;
  readonly recoveryDelayMs?: number;
}

export async function openInThread(options: SqliteJournalOptions, surroundings: InThreadSurroundings = {}): Promise<Journal> {
  const { openWriter = openWriteStore, openReader = openReadStore, freeBytes = async () => Infinity, recoveryDelayMs = 5 } = surroundings;
  const settings = withDefaults(options);
  const file = join(options.path, "journal.db");
  const reopen = () =>
    openStores(file, settings, {
      startWriter: (writerOptions) => inThreadWorker(() => openWriter(writerOptions)),
      startReader: () => inThreadWorker(() => openReader(file)),
      startIndex: (indexOptions) => inThreadWorker(() => openIndexStore(indexOptions)),
    });
  const stores = await reopen();
  return createSqliteJournal({ settings, stores, reopen, freeBytes, recoveryDelayMs, spaceEveryMs: 10, release: () => undefined });
}

/** A folder of its own for `work`, removed afterwards. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tapio-journal-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The file and its write-ahead log, as a killed process leaves them. */
export async function copyAsLeft(from: string, to: string): Promise<void> {
  for (const name of ["journal.db", "journal.db-wal"]) await cp(join(from, name), join(to, name));
}
