import { statfs } from "node:fs/promises";
import type { Logger } from "@tapio/integration-core";
import { JournalError, type Journal } from "@tapio/journal";
import { createMemoryJournal } from "@tapio/journal-memory";
import { openSqliteJournal } from "@tapio/journal-sqlite";
import type { JournalSettings } from "./settings.ts";
import { StartError } from "./start-error.ts";

/** Opens the journal that the configuration names. @throws StartError with what to do. */
export async function openJournal(settings: JournalSettings, logger: Logger): Promise<Journal> {
  try {
    return await openDriver(settings, logger);
  } catch (reason) {
    if (!(reason instanceof JournalError)) throw reason;
    const advice = reason.code === "io" ? ". Check that the folder can be written, or choose another (TAPIO_DATA)" : "";
    throw new StartError(`the journal cannot be opened (${reason.code}): ${reason.message}${advice}`, reason);
  }
}

async function openDriver(settings: JournalSettings, logger: Logger): Promise<Journal> {
  const { dedupeRecords, dedupeAgeMs } = settings;
  if (settings.driver === "memory") return createMemoryJournal({ maxRecords: settings.recordsMax, dedupeRecords, dedupeAgeMs });
  const { path, maxFileBytes, minFreeBytes } = settings;
  return openSqliteJournal({ path, dedupeRecords, dedupeAgeMs, maxFileBytes, minFreeBytes, logger });
}

/** Bytes that are free on the journal's disk; `undefined` when it has none. */
export async function journalFreeBytes(settings: JournalSettings): Promise<number | undefined> {
  if (settings.driver === "memory") return undefined;
  const { bavail, bsize } = await statfs(settings.path);
  return bavail * bsize;
}
