import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";
import { createMemoryJournal, type MemoryJournal } from "@tapio/journal-memory";
import { openSqliteJournal } from "@tapio/journal-sqlite";

/** What a driver keeps, beyond the life of a process. */
export interface Store {
  /** Opens what the last process left: what it closed, or, when it was killed, what was written by then. */
  open(): Promise<Journal>;
  dispose(): Promise<void>;
}

export function createMemoryStore(clock: Clock): Store {
  let last: MemoryJournal | undefined;
  return {
    open() {
      last = createMemoryJournal({ clock, ...(last === undefined ? {} : { restored: last.snapshot() }) });
      return Promise.resolve(last);
    },
    dispose: () => Promise.resolve(),
  };
}

/** Real files. A killed process's file and its write-ahead log are copied as they are, and the copy is opened. */
export async function createSqliteStore(clock: Clock): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), "tapio-model-"));
  const opened: Journal[] = [];
  let path = "";
  return {
    async open() {
      const next = join(folder, String(opened.length));
      await mkdir(next);
      if (path !== "") for (const name of ["journal.db", "journal.db-wal"]) await cp(join(path, name), join(next, name)).catch(notThere);
      await opened.at(-1)?.close();
      path = next;
      const journal = await openSqliteJournal({ path, clock });
      opened.push(journal);
      return journal;
    },
    async dispose() {
      await opened.at(-1)?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An orderly close leaves no write-ahead log. */
function notThere(reason: unknown): void {
  if ((reason as { code?: string }).code !== "ENOENT") throw reason;
}
