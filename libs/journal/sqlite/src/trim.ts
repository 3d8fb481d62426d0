import type { DatabaseSync } from "node:sqlite";

/** Rows per transaction: freeing a row means walking its pages, and appends wait meanwhile. */
const GROUPS_PER_STEP = 64;

export interface TrimStep {
  readonly trimmedTo: number;
  readonly done: boolean;
}

export type Trim = (sequence: number, from: number, head: number) => TrimStep;

/**
 * Removes the bodies of some groups that lie wholly at or below `sequence`; of ids, those that are beyond the dedupe window.
 * To be called inside a transaction, again and again until it is done.
 */
export function createTrim(db: DatabaseSync, dedupeRecords: number): Trim {
  const groupsUpTo = db.prepare(
    "SELECT first_sequence, record_count FROM record_group WHERE first_sequence > ? AND first_sequence <= ? ORDER BY first_sequence LIMIT ?",
  );
  const dropBodies = db.prepare("UPDATE record_group SET body = NULL WHERE first_sequence > ? AND first_sequence <= ?");
  const lastGroup = db.prepare(
    "SELECT first_sequence, record_count FROM record_group WHERE first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1",
  );
  const dropGroups = db.prepare("DELETE FROM record_group WHERE first_sequence < ?");
  const setTrimmedTo = db.prepare("UPDATE journal SET trimmed_to = ?");

  return (sequence, from, head) => {
    const groups = groupsUpTo.all(from, sequence, GROUPS_PER_STEP);
    let trimmedTo = from;
    for (const group of groups) {
      const last = Number(group.first_sequence) + Number(group.record_count) - 1;
      if (last > sequence) break;
      trimmedTo = last;
    }
    if (trimmedTo === from) return { trimmedTo, done: true };
    dropBodies.run(from, trimmedTo);
    const forgotten = lastGroup.get(Math.min(trimmedTo, head - dedupeRecords) + 1);
    if (forgotten !== undefined) dropGroups.run(Number(forgotten.first_sequence));
    setTrimmedTo.run(trimmedTo);
    return { trimmedTo, done: groups.length < GROUPS_PER_STEP };
  };
}
