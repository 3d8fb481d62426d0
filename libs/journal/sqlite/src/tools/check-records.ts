import { setImmediate as nextTurn } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import type { SequenceRange } from "@tapio/journal";
import type { GroupFacts } from "../group-checksum.ts";
import { hashId } from "../id-hash.ts";
import { type JournalPosition, TABLE_WORDS } from "../messages.ts";
import { wordsOf } from "../record-groups.ts";
import { factsOf, GROUP_COLUMNS, type StoredGroup, toStoredGroup } from "../stored-group.ts";
import { storedPosition } from "../stored-position.ts";
import { type GroupRow, walkGroups } from "../walk-groups.ts";
import type { CheckOptions, JournalProblem } from "./check-journal.ts";

export interface RecordsReport {
  readonly problems: readonly JournalProblem[];
  readonly lost: readonly SequenceRange[];
  readonly first: number;
  readonly head: number;
  readonly records: number;
  readonly recordBytes: number;
}

/** A row of `record_group` as it was found: whole, empty (a repair could not save it), or with the reason why it is neither. */
export type JudgedGroup =
  | { readonly kind: "whole"; readonly facts: GroupFacts; readonly group: StoredGroup }
  | { readonly kind: "trimmed" | "lost"; readonly facts: GroupFacts }
  | { readonly kind: "damaged"; readonly message: string };

export function judgeGroup(row: GroupRow, trimmedTo: number): JudgedGroup {
  try {
    const facts = factsOf(row);
    const group = toStoredGroup(row);
    if (group !== undefined) return { kind: "whole", facts, group };
    if (facts.first + facts.count - 1 <= trimmedTo) return { kind: "trimmed", facts };
    if (facts.entries.length === 0) return { kind: "lost", facts };
    return { kind: "damaged", message: `the bytes of the records from ${facts.first} on are missing` };
  } catch (error) {
    return { kind: "damaged", message: error instanceof Error ? error.message : String(error) };
  }
}

/** Every group from the first kept one to the head. What a gateway appends meanwhile is left out. */
export async function checkRecords(
  db: DatabaseSync,
  { onProgress, idOf }: Required<Pick<CheckOptions, "onProgress">> & CheckOptions,
): Promise<RecordsReport> {
  const { trimmedTo, head, problem } = readablePosition(db);
  const problems: JournalProblem[] = problem === undefined ? [] : [{ area: "records", sequences: undefined, message: problem }];
  const lost: SequenceRange[] = [];
  let records = 0;
  let recordBytes = 0;
  let bytesThrough: number | undefined;
  let reason = "no group holds them";
  let expected = trimmedTo + 1;
  const report = (from: number, to: number, message: string) => problems.push({ area: "records", sequences: { from, to }, message });
  const missing = (to: number) => {
    // What a running gateway trimmed meanwhile is not missing.
    if (to >= expected) expected = Math.max(expected, trimmedNow(db) + 1);
    if (to < expected) return;
    report(expected, to, `the records ${expected} to ${to} cannot be read: ${reason}`);
    lost.push({ from: expected, to });
    expected = to + 1;
    bytesThrough = undefined;
  };

  const onDamage = (error: unknown) => (reason = error instanceof Error ? error.message : String(error));
  for (const row of walkGroups(db, GROUP_COLUMNS, trimmedTo + 1, onDamage)) {
    if (Number(row.first_sequence) > head) break;
    const judged = judgeGroup(row, trimmedTo);
    if (judged.kind === "damaged") {
      reason = judged.message;
      continue;
    }
    const { facts } = judged;
    missing(facts.first - 1);
    const last = facts.first + facts.count - 1;
    if (facts.first < expected)
      report(facts.first, last, `the group at ${facts.first} overlaps the one before, which ends at ${expected - 1}`);
    if (judged.kind === "lost") lost.push({ from: facts.first, to: last });
    const bytes = judged.kind === "whole" ? judged.group.body.length : 0;
    if (bytesThrough !== undefined && facts.bytesThrough !== bytesThrough + bytes) {
      report(facts.first, last, `the running count of bytes at ${facts.first} is ${facts.bytesThrough}, not ${bytesThrough + bytes}`);
    }
    if (judged.kind === "whole") {
      records += facts.count;
      recordBytes += bytes;
      if (idOf) for (const [sequence, message] of checkIds(judged.facts, judged.group, idOf)) report(sequence, sequence, message);
    }
    bytesThrough = facts.bytesThrough;
    expected = last + 1;
    reason = "no group holds them";
    onProgress?.({ phase: "records", done: last - trimmedTo, total: head - trimmedTo });
    await nextTurn();
  }
  missing(head);
  return { problems, lost, first: trimmedTo + 1, head, records, recordBytes };
}

/** Where even that cannot be read, the groups speak for themselves. */
export function readablePosition(db: DatabaseSync): JournalPosition & { readonly problem: string | undefined } {
  try {
    const { trimmedTo, head } = storedPosition(db);
    return { trimmedTo, head, problem: undefined };
  } catch (error) {
    let first: number | undefined;
    let head = 0;
    for (const row of walkGroups(db, GROUP_COLUMNS, 0)) {
      const judged = judgeGroup(row, 0);
      if (judged.kind !== "whole") continue;
      first ??= judged.facts.first;
      head = judged.group.last;
    }
    const problem = `where the journal begins and ends cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { trimmedTo: (first ?? 1) - 1, head, problem };
  }
}

function trimmedNow(db: DatabaseSync): number {
  try {
    return storedPosition(db).trimmedTo;
  } catch {
    return 0;
  }
}

function* checkIds(facts: GroupFacts, group: StoredGroup, idOf: (bytes: Uint8Array) => string | undefined): Generator<[number, string]> {
  const words = wordsOf(facts.entries);
  const hash = new Uint32Array(4);
  let start = 0;
  for (const [record, end] of group.ends.entries()) {
    const id = idOf(group.body.subarray(start, end));
    start = end;
    const sequence = facts.first + record;
    if (id === undefined) {
      yield [sequence, `record ${sequence} cannot be read as a record`];
      continue;
    }
    hashId(id, hash, 0);
    const at = record * TABLE_WORDS;
    if (hash.some((word, index) => word !== words[at + index]))
      yield [sequence, `record ${sequence} has the id ${id}, not the one it was stored under`];
  }
}
