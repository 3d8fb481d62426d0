export { openSqliteJournal } from "./open-sqlite-journal.ts";
export type { SqliteJournalLogger, SqliteJournalOptions } from "./options.ts";
