import type { JournalConfig } from "@tapio/contracts/gateway/v1/config";
import type { Journal } from "@tapio/journal";
import { createMemoryJournal } from "@tapio/journal-memory";
import { openSqliteJournal } from "@tapio/journal-sqlite";

/** Opens the journal that the configuration names. */
export async function openJournal(config: JournalConfig | undefined, dedupeRecords: number): Promise<Journal> {
  const driver = config?.driver;
  switch (driver?.case) {
    case "memory":
      return createMemoryJournal({ maxRecords: Number(driver.value.maxRecords) || 100_000, dedupeRecords });
    case "sqlite":
      return openSqliteJournal({ path: driver.value.path, dedupeRecords });
    case undefined:
      return openSqliteJournal({ path: "./tapio-data", dedupeRecords });
  }
}
