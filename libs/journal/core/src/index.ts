export type { AppendEntry, AppendResult, Journal, JournalBounds, JournalRecord, ReadLimit } from "./journal.ts";
export type { DeliveryRow, DestinationChange, DestinationLog, RowQuery } from "./journal.ts";
export { JournalError } from "./journal-error.ts";
export type { JournalErrorCode } from "./journal-error.ts";
