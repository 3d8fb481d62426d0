import type { DatabaseSync } from "node:sqlite";

/** Rows per transaction: freeing a row means walking its pages, and appends wait meanwhile. */
const GROUPS_PER_STEP = 64;

export interface TrimStep {
  readonly trimmedTo: number;
  readonly done: boolean;
}

export type Trim = (sequence: number, from: number, head: number) => TrimStep;

/** Settlements per step and destination, likewise. */
const SETTLEMENTS_PER_STEP = 1000;

/**
 * Removes the bodies of some groups that lie wholly at or below `sequence`; of ids, those that are beyond the dedupe window; and
 * settlements of what is gone.
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

  const trimSettlements = createSettlementTrim(db);

  return (sequence, from, head) => {
    const groups = groupsUpTo.all(from, sequence, GROUPS_PER_STEP);
    let trimmedTo = from;
    for (const group of groups) {
      const last = Number(group.first_sequence) + Number(group.record_count) - 1;
      if (last > sequence) break;
      trimmedTo = last;
    }
    if (trimmedTo === from) return { trimmedTo, done: trimSettlements(trimmedTo) };
    dropBodies.run(from, trimmedTo);
    const forgotten = lastGroup.get(Math.min(trimmedTo, head - dedupeRecords) + 1);
    if (forgotten !== undefined) dropGroups.run(Number(forgotten.first_sequence));
    setTrimmedTo.run(trimmedTo);
    const settled = trimSettlements(trimmedTo);
    return { trimmedTo, done: settled && groups.length < GROUPS_PER_STEP };
  };
}

/** Removes some of the settlements that lie wholly at or below a sequence; true when none is left. */
function createSettlementTrim(db: DatabaseSync): (trimmedTo: number) => boolean {
  const destinations = db.prepare("SELECT id FROM destination");
  const which = "destination = ? AND is_late = ? AND to_sequence <= ?";
  const stepEnd = db.prepare(`SELECT to_sequence FROM settlement WHERE ${which} ORDER BY to_sequence LIMIT 1 OFFSET ?`);
  const drop = db.prepare(`DELETE FROM settlement WHERE ${which}`);
  return (trimmedTo) => {
    let done = true;
    for (const { id = null } of destinations.all()) {
      for (const isLate of [0, 1]) {
        const end = stepEnd.get(id, isLate, trimmedTo, SETTLEMENTS_PER_STEP - 1)?.to_sequence;
        drop.run(id, isLate, Number(end ?? trimmedTo));
        if (end !== undefined) done = false;
      }
    }
    return done;
  };
}
