export type { AppendEntry, AppendResult, Journal, JournalBounds, ReadLimit } from "./journal.ts";
export type { Backlog, JournalCondition, JournalUsage } from "./journal.ts";
export type { DeliveryRow, DestinationChange, DestinationLog, RowQuery, Settlement } from "./journal.ts";
export { JournalError } from "./journal-error.ts";
export type { JournalErrorCode, SequenceRange } from "./journal-error.ts";
export { JournalRecord } from "./journal-record.ts";
// For drivers.
export { checkAppend, checkChange, checkRead, checkRowQuery, checkSequence, cursorMovedBack } from "./argument-checks.ts";
export { createHeadWatch } from "./head-watch.ts";
export type { HeadWatch } from "./head-watch.ts";
