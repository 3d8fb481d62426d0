import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { type Backlog, JournalError, type ReadLimit } from "@tapio/journal";
import { SIZE_WORD, TABLE_WORDS, type JournalPosition, type PackedRecords } from "./messages.ts";
import { wordsOf } from "./record-groups.ts";
import { toJournalError } from "./sqlite-error.ts";
import { GROUP_COLUMNS, packRecords, type StoredGroup, takeRecords, toStoredGroup } from "./stored-group.ts";
import { nextGroup } from "./walk-groups.ts";

/** What is read of the records. */
export interface GroupQueries {
  /** @throws JournalError that names the damaged sequences, when what comes first cannot be read. */
  read(after: number, limit: ReadLimit, head: number): PackedRecords[];
  sequenceBefore(atMs: number, position: JournalPosition): number;
  /** The newest kept record whose id has this hash. */
  find(hash: Uint32Array, position: JournalPosition): number | undefined;
  backlog(after: number, position: JournalPosition): Backlog;
  /** Reads the newest groups. @throws JournalError `corrupt` when one is not what was written. */
  verifyNewest(head: number): void;
}

/** Groups of which only a part was read are kept for the next read; a group has at most 1 MiB, or one record. */
const KEPT_GROUPS_MAX = 8;
/** How many of the newest groups are verified after a failure: more than were under way, and than the disk's own cache held. */
const VERIFIED_GROUPS = 64;

export function createGroupQueries(db: DatabaseSync): GroupQueries {
  const newestAt = "FROM record_group WHERE first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1";
  const groupAt = db.prepare(`SELECT first_sequence, record_count, appended_at_ms, bytes_through ${newestAt}`);
  const sizesAt = db.prepare(`SELECT first_sequence, appended_at_ms, bytes_through, entries ${newestAt}`);
  const groupsFrom = db.prepare(`SELECT ${GROUP_COLUMNS} FROM record_group WHERE first_sequence >= ? ORDER BY first_sequence`);
  const entriesDown = db.prepare(
    "SELECT first_sequence, entries FROM record_group WHERE first_sequence > ? AND first_sequence <= ? ORDER BY first_sequence DESC",
  );
  const groupsDown = db.prepare(`SELECT ${GROUP_COLUMNS} FROM record_group WHERE first_sequence <= ? ORDER BY first_sequence DESC LIMIT ?`);
  const kept = new Map<number, StoredGroup>();

  function* storedGroups(from: number, head: number): Generator<StoredGroup> {
    let start = from;
    try {
      start = Number(groupAt.get(from)?.first_sequence ?? from);
      for (let group = kept.get(start); group !== undefined; group = kept.get(start)) {
        yield group;
        start = group.last + 1;
      }
      for (const row of groupsFrom.iterate(start)) {
        const group = toStoredGroup(row);
        if (group !== undefined) yield group;
        start = Number(row.first_sequence) + Number(row.record_count);
      }
    } catch (error) {
      throw damagedFrom(db, Math.max(from, start), head, error);
    }
  }

  return {
    read(after, limit, head) {
      const taken = takeRecords(storedGroups(after + 1, head), after, limit);
      if (taken.cut !== undefined) keep(kept, taken.cut);
      return packRecords(taken, (group) => kept.get(group.first) === group);
    },
    verifyNewest(head) {
      for (const row of groupsDown.iterate(head, VERIFIED_GROUPS)) toStoredGroup(row);
    },
    sequenceBefore: (atMs, position) => sequenceBefore((sequence) => groupAt.get(sequence), atMs, position),
    find(hash, { trimmedTo, head }) {
      for (const { first_sequence, entries } of entriesDown.iterate(trimmedTo, head)) {
        const found = lastWithHash(wordsOf(entries), hash);
        if (found >= 0) return Number(first_sequence) + found;
      }
      return undefined;
    },
    backlog(after, { trimmedTo, head }) {
      const from = Math.max(after, trimmedTo);
      const oldest = from < head ? sizesAt.get(from + 1) : undefined;
      if (oldest === undefined) return { records: 0, bytes: 0, oldestAtMs: undefined };
      const ofOldest = bytesFrom(wordsOf(oldest.entries), from + 1 - Number(oldest.first_sequence));
      const bytes = Number(groupAt.get(head)?.bytes_through ?? 0) - Number(oldest.bytes_through) + ofOldest;
      return { records: head - from, bytes, oldestAtMs: Number(oldest.appended_at_ms) };
    },
  };
}

/** The error of a group that cannot be read: what is lost ends where the next readable one begins. */
function damagedFrom(db: DatabaseSync, from: number, head: number, error: unknown): JournalError {
  const { code, message } = toJournalError("read the journal", error);
  const next = nextGroup(db, from);
  const damaged = { from, to: next === undefined ? head : next - 1 };
  return new JournalError(code, `the records with the sequences ${from} to ${damaged.to} cannot be read: ${message}`, error, damaged);
}

function keep(kept: Map<number, StoredGroup>, group: StoredGroup): void {
  kept.delete(group.first);
  kept.set(group.first, group);
  for (const first of kept.keys()) {
    if (kept.size <= KEPT_GROUPS_MAX) break;
    kept.delete(first);
  }
}

type GroupAt = (sequence: number) => Record<string, SQLOutputValue> | undefined;

/** Times never fall from one group to the next, so halving finds it. */
function sequenceBefore(groupAt: GroupAt, atMs: number, { trimmedTo, head }: JournalPosition): number {
  let before = trimmedTo;
  for (let low = trimmedTo + 1, high = head; low <= high;) {
    const group = groupAt(Math.floor((low + high) / 2));
    const first = Number(group?.first_sequence ?? low);
    const last = first + Number(group?.record_count ?? 1) - 1;
    if (Number(group?.appended_at_ms ?? 0) < atMs) low = (before = last) + 1;
    else high = first - 1;
  }
  return before;
}

/** The index of the last record whose id has this hash, or -1. */
export function lastWithHash(words: Uint32Array, hash: Uint32Array): number {
  for (let at = words.length - TABLE_WORDS; at >= 0; at -= TABLE_WORDS) {
    if (words[at] === hash[0] && words[at + 1] === hash[1] && words[at + 2] === hash[2] && words[at + 3] === hash[3]) {
      return at / TABLE_WORDS;
    }
  }
  return -1;
}

function bytesFrom(words: Uint32Array, record: number): number {
  let bytes = 0;
  for (let at = record * TABLE_WORDS + SIZE_WORD; at < words.length; at += TABLE_WORDS) bytes += words[at] ?? 0;
  return bytes;
}
