export { createMemoryJournal } from "./create-memory-journal.ts";
export type { MemoryJournal, MemoryJournalOptions, MemoryJournalSnapshot } from "./create-memory-journal.ts";
