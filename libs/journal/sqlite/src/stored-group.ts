import type { SQLOutputValue } from "node:sqlite";
import { outlineOf } from "@tapio/domain/outline";
import { JournalError, JournalRecord, type ReadLimit } from "@tapio/journal";
import { bodyCrc, factsCrc, type GroupFacts } from "./group-checksum.ts";
import { PACKED_NUMBERS, type PackedRecords, SIZE_WORD, TABLE_WORDS } from "./messages.ts";
import { wordsOf } from "./record-groups.ts";

/** One row of `record_group`, with its body. */
export interface StoredGroup {
  readonly first: number;
  readonly last: number;
  readonly appendedAtMs: number;
  /** Where the bytes of each record end in `body`. */
  readonly ends: Float64Array;
  readonly body: Uint8Array;
}

/** The columns that `factsOf` takes, and those of `toStoredGroup`. */
export const FACT_COLUMNS = "first_sequence, record_count, appended_at_ms, bytes_through, facts_crc, entries";
export const GROUP_COLUMNS = `${FACT_COLUMNS}, body_crc, body`;

/** Everything but the body. @throws JournalError `corrupt` when it is not what was written. */
export function factsOf(row: Record<string, SQLOutputValue>): GroupFacts {
  const facts = {
    first: Number(row.first_sequence),
    count: Number(row.record_count),
    appendedAtMs: Number(row.appended_at_ms),
    bytesThrough: Number(row.bytes_through),
    entries: row.entries instanceof Uint8Array ? row.entries : new Uint8Array(0),
  };
  if (factsCrc(facts) !== row.facts_crc) throw damaged(facts);
  return facts;
}

/** `undefined` when it was trimmed. @throws JournalError `corrupt` when it is not what was written. */
export function toStoredGroup(row: Record<string, SQLOutputValue>): StoredGroup | undefined {
  const facts = factsOf(row);
  const { first, count, appendedAtMs } = facts;
  const { body } = row;
  if (body === null) return undefined;
  const ends = endsOf(facts);
  if (!(body instanceof Uint8Array) || ends.at(-1) !== body.length || bodyCrc(body) !== row.body_crc) throw damaged(facts);
  return { first, last: first + count - 1, appendedAtMs, ends, body };
}

/** Where the bytes of each record end. */
export function endsOf({ count, entries }: GroupFacts): Float64Array {
  const words = wordsOf(entries);
  const ends = new Float64Array(count);
  let end = 0;
  for (let record = 0; record < count; record++) {
    end += words[record * TABLE_WORDS + SIZE_WORD] ?? 0;
    ends[record] = end;
  }
  return ends;
}

function damaged({ first }: GroupFacts): JournalError {
  return new JournalError("corrupt", `what is stored at sequence ${first} is not what was written`);
}

interface Slice {
  readonly group: StoredGroup;
  /** Index of the first record, and of the one after the last. */
  readonly from: number;
  readonly to: number;
}

export interface TakenRecords {
  readonly slices: readonly Slice[];
  /** The last group, when more of it is left. */
  readonly cut: StoredGroup | undefined;
}

/**
 * As many records above `after` as `limit` admits, at least one. Draws no more groups than it needs. What comes before a group that
 * cannot be read is given all the same: it fails once it is the first.
 */
export function takeRecords(groups: Iterable<StoredGroup>, after: number, limit: ReadLimit): TakenRecords {
  const slices: Slice[] = [];
  let records = 0;
  let bytes = 0;
  for (const group of untilDamaged(groups)) {
    const from = Math.max(0, after + 1 - group.first);
    let to = from;
    for (; to < group.ends.length && records < limit.records; to++) {
      const size = sizeOf(group, to);
      if (records > 0 && bytes + size > limit.bytes) break;
      records += 1;
      bytes += size;
    }
    if (to > from) slices.push({ group, from, to });
    if (to < group.ends.length) return { slices, cut: group };
    if (records >= limit.records || bytes >= limit.bytes) break;
  }
  return { slices, cut: undefined };
}

function* untilDamaged(groups: Iterable<StoredGroup>): Generator<StoredGroup> {
  let drawn = false;
  try {
    for (const group of groups) {
      yield group;
      drawn = true;
    }
  } catch (error) {
    if (!drawn) throw error;
  }
}

const startOf = (group: StoredGroup, record: number) => (record === 0 ? 0 : (group.ends[record - 1] ?? 0));
const bytesIn = ({ group, from, to }: Slice) => startOf(group, to) - startOf(group, from);
const sizeOf = (group: StoredGroup, record: number) => (group.ends[record] ?? 0) - startOf(group, record);

/** From this size on a group is worth a buffer, and a transfer, of its own. */
const HANDED_OVER_BYTES_MIN = 64 * 1024;
/** What is copied together: whoever keeps one record of it keeps it all. */
const COPIED_BYTES_MAX = 256 * 1024;

/**
 * The records in buffers that can be handed to another thread: a large group that is wanted whole, and not `isKept` for a later read, is handed over as it
 * is; what lies between such groups is copied together.
 */
export function packRecords({ slices }: TakenRecords, isKept: (group: StoredGroup) => boolean): PackedRecords[] {
  const packed: PackedRecords[] = [];
  let small: Slice[] = [];
  let smallBytes = 0;
  const flush = (): void => {
    if (small.length > 0) packed.push(copied(small));
    small = [];
    smallBytes = 0;
  };
  for (const slice of slices) {
    const { group, from, to } = slice;
    const isWhole = from === 0 && to === group.ends.length;
    if (!isWhole || isKept(group) || group.body.length < HANDED_OVER_BYTES_MIN) {
      small.push(slice);
      smallBytes += bytesIn(slice);
      if (smallBytes >= COPIED_BYTES_MAX) flush();
      continue;
    }
    flush();
    packed.push({ table: tableOf([slice]), bytes: group.body });
  }
  flush();
  return packed;
}

function copied(slices: readonly Slice[]): PackedRecords {
  const bytes = new Uint8Array(slices.reduce((sum, slice) => sum + bytesIn(slice), 0));
  let written = 0;
  for (const { group, from, to } of slices) {
    const part = group.body.subarray(startOf(group, from), startOf(group, to));
    bytes.set(part, written);
    written += part.length;
  }
  return { table: tableOf(slices), bytes };
}

function tableOf(slices: readonly Slice[]): Float64Array<ArrayBuffer> {
  const table = new Float64Array(slices.reduce((sum, { from, to }) => sum + to - from, 0) * PACKED_NUMBERS);
  let at = 0;
  let before = 0;
  for (const { group, from, to } of slices) {
    const start = startOf(group, from);
    for (let record = from; record < to; record++) {
      table[at] = group.first + record;
      table[at + 1] = group.appendedAtMs;
      table[at + 2] = before + (group.ends[record] ?? 0) - start;
      table[at + 3] = outlineOf(group.body, startOf(group, record), group.ends[record] ?? 0);
      at += PACKED_NUMBERS;
    }
    before += startOf(group, to) - start;
  }
  return table;
}

/** The other side of `packRecords`: views into the buffers. */
export function unpackRecords(packed: readonly PackedRecords[]): JournalRecord[] {
  const records: JournalRecord[] = [];
  for (const { table, bytes } of packed) {
    let start = 0;
    for (let at = 0; at < table.length; at += PACKED_NUMBERS) {
      const end = table[at + 2] ?? 0;
      records.push(new JournalRecord(table[at] ?? 0, table[at + 1] ?? 0, bytes, start, end, table[at + 3]));
      start = end;
    }
  }
  return records;
}
