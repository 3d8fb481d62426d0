import type { AppendEntry, DestinationChange, ReadLimit, RowQuery } from "./journal.ts";

/** @throws RangeError when an entry has an empty id, which would make every such record a duplicate of the first. */
export function checkAppend(group: readonly AppendEntry[]): void {
  const nameless = group.findIndex((entry) => entry.id === "");
  if (nameless >= 0) throw new RangeError(`append: entry ${nameless} has an empty id; every record needs one`);
}

/** @throws RangeError when a sequence of the change is no whole number below 2^53. */
export function checkChange(destination: string, change: DestinationChange): void {
  if (change.cursor !== undefined) checkSequence(`commit to ${destination}: cursor`, change.cursor);
  for (const row of change.put ?? []) {
    checkSequence(`commit to ${destination}: a row's sequence`, row.sequence);
    if (!Number.isFinite(row.dueAtMs)) throw new RangeError(`commit to ${destination}: row ${row.sequence} is due at ${row.dueAtMs}`);
  }
  for (const sequence of change.remove ?? []) checkSequence(`commit to ${destination}: a removed row's sequence`, sequence);
  for (const { from, to, isLate } of change.settlements ?? []) {
    checkSequence(`commit to ${destination}: a settlement's first sequence`, from);
    checkSequence(`commit to ${destination}: a settlement's last sequence`, to);
    if (from > to || (isLate && from !== to)) throw new RangeError(`commit to ${destination}: a settlement from ${from} to ${to} is none`);
  }
}

/** The one error for a cursor that would move back, from every driver. */
export function cursorMovedBack(destination: string, from: number, to: number): RangeError {
  return new RangeError(`commit to ${destination}: the cursor cannot move back from ${from} to ${to}; nothing was written`);
}

/** @throws RangeError when `after` is no sequence or the limit admits no record. */
export function checkRead(after: number, limit: ReadLimit): void {
  checkSequence("read: after", after);
  if (!(limit.records >= 1)) throw new RangeError(`read: limit.records is ${limit.records}; it must be at least 1`);
  if (!(limit.bytes >= 0)) throw new RangeError(`read: limit.bytes is ${limit.bytes}; it must not be negative`);
}

/** @throws RangeError when `after` is no sequence or the limit is below 1. */
export function checkRowQuery(query: RowQuery): void {
  checkSequence("rows: after", query.after);
  if (!(query.limit >= 1)) throw new RangeError(`rows: limit is ${query.limit}; it must be at least 1`);
}

/** @throws RangeError unless `sequence` is a whole number from 0 to 2^53 - 1. `what` names it in the message. */
export function checkSequence(what: string, sequence: number): void {
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new RangeError(`${what} is ${sequence}; it must be a whole number from 0 to 2^53 - 1`);
  }
}
