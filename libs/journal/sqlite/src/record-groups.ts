import type { DatabaseSync } from "node:sqlite";
import { bodyCrc, factsCrc } from "./group-checksum.ts";
import type { IdMemory } from "./id-memory.ts";
import { type PackedGroup, SIZE_WORD, TABLE_WORDS } from "./messages.ts";

/** A row is cut at either, so that reading a part of it stays cheap; one larger record has a row of its own. */
export const ROW_RECORDS_MAX = 4096;
export const ROW_BYTES_MAX = 1024 * 1024;

export interface Appended {
  readonly firstSequence: number;
  readonly sequences: Float64Array<ArrayBuffer> | undefined;
  /** How many records are new. */
  readonly added: number;
}

/**
 * Gives every record of the group its sequence and moves the new ones to the front of `table` and `bodies`, over the duplicates.
 * The new ids are remembered at once; `ids.forgetNewest(added)` withdraws them.
 */
export function admit(group: PackedGroup, head: number, ids: IdMemory): Appended & { readonly bodyBytes: number } {
  const { table, bodies, count } = group;
  let sequences: Float64Array<ArrayBuffer> | undefined;
  let added = 0;
  let readAt = 0;
  let writtenTo = 0;
  ids.fetchAhead(table, TABLE_WORDS, count);
  for (let record = 0; record < count; record++) {
    const offset = record * TABLE_WORDS;
    const size = table[offset + SIZE_WORD] ?? 0;
    const earlier = ids.find(table, offset);
    if (earlier === 0) {
      added += 1;
      ids.remember(table, offset, head + added);
      if (sequences !== undefined) {
        table.copyWithin((added - 1) * TABLE_WORDS, offset, offset + TABLE_WORDS);
        bodies.copyWithin(writtenTo, readAt, readAt + size);
        sequences[record] = head + added;
      }
      writtenTo += size;
    } else {
      sequences ??= sequencesUpTo(count, record, head);
      sequences[record] = -earlier;
    }
    readAt += size;
  }
  return { firstSequence: head + 1, sequences, added, bodyBytes: writtenTo };
}

/** The sequences of the records before the first duplicate. */
function sequencesUpTo(count: number, record: number, head: number): Float64Array<ArrayBuffer> {
  const sequences = new Float64Array(count);
  for (let before = 0; before < record; before++) sequences[before] = head + 1 + before;
  return sequences;
}

/** Where in the journal a group is written. */
export interface GroupPlace {
  readonly firstSequence: number;
  readonly appendedAtMs: number;
  /** Bytes of all records before it. */
  readonly bytesBefore: number;
}

/** Writes `count` records from the front of `table` and `bodies`, as few rows. */
export function createGroupInsert(db: DatabaseSync) {
  const insert = db.prepare("INSERT INTO record_group VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  return (group: PackedGroup, count: number, { firstSequence, appendedAtMs, bytesBefore }: GroupPlace): void => {
    let bodyStart = 0;
    for (let start = 0; start < count;) {
      const { end, bodyEnd } = endOfRow(group.table, count, start, bodyStart);
      const words = group.table.subarray(start * TABLE_WORDS, end * TABLE_WORDS);
      const entries = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
      const facts = { first: firstSequence + start, count: end - start, appendedAtMs, bytesThrough: bytesBefore + bodyEnd, entries };
      const body = group.bodies.subarray(bodyStart, bodyEnd);
      insert.run(facts.first, facts.count, appendedAtMs, facts.bytesThrough, factsCrc(facts), bodyCrc(body), entries, body);
      start = end;
      bodyStart = bodyEnd;
    }
  };
}

/** The record after the last that shares a row with the one at `start`, and where its bytes end. */
function endOfRow(table: Uint32Array, count: number, start: number, bodyStart: number): { end: number; bodyEnd: number } {
  const sizeAt = (record: number) => table[record * TABLE_WORDS + SIZE_WORD] ?? 0;
  let end = start + 1;
  let bodyEnd = bodyStart + sizeAt(start);
  while (end < count && end - start < ROW_RECORDS_MAX && bodyEnd - bodyStart + sizeAt(end) <= ROW_BYTES_MAX) {
    bodyEnd += sizeAt(end);
    end += 1;
  }
  return { end, bodyEnd };
}

/** A stored `entries` column as words; copied only where it is not aligned. */
export function wordsOf(entries: unknown): Uint32Array {
  if (!(entries instanceof Uint8Array)) return new Uint32Array(0);
  const aligned = entries.byteOffset % 4 === 0 ? entries : new Uint8Array(entries);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(entries.length / 4));
}
