import type { JournalRecord, ReadLimit } from "@tapio/journal";
import type { GroupBuffers } from "./group-packer.ts";
import { SIZE_WORD, TABLE_WORDS } from "./messages.ts";

/** A group that was committed, in the buffers in which it was packed: `count` records at their front. */
export interface CommittedGroup extends GroupBuffers {
  readonly first: number;
  readonly count: number;
  readonly bodyBytes: number;
  readonly appendedAtMs: number;
}

/**
 * The newest records, as they were packed for the writer: whoever is near the head reads them without another thread and without a
 * copy. A record that was read is a view into its group's buffer, which lives as long as any such view does.
 */
export interface RecordTail {
  /** Takes a group with its buffers, whose first record follows the last one that was added. Returns buffers that nobody looks into any more. */
  add(group: CommittedGroup): GroupBuffers | undefined;
  /** As `Journal.read`, over all that was added; `undefined` when some of what is asked for is not here. */
  read(after: number, limit: ReadLimit): JournalRecord[] | undefined;
  /** Lets go of groups that lie wholly at or below `sequence`. */
  trimTo(sequence: number): void;
  readonly bytes: number;
}

interface KeptGroup extends CommittedGroup {
  readonly last: number;
  /** Some of it was given out: its buffers may not be used again. */
  wasRead: boolean;
}

/** What a group costs beside its buffers, roughly. */
const GROUP_OVERHEAD_BYTES = 512;
/** A group that fills less than this part of its buffers is copied out of them: they would be mostly empty. */
const SPARSE_PART = 1 / 4;

/** `bytesMax` 0: keeps nothing. */
export function createRecordTail(bytesMax: number): RecordTail {
  const groups: KeptGroup[] = [];
  /** Index of the oldest group; those before it are gone. */
  let oldest = 0;
  let bytes = 0;

  const dropOldest = (): KeptGroup | undefined => {
    const group = groups[oldest];
    if (group === undefined) return undefined;
    oldest += 1;
    bytes -= sizeOf(group);
    if (oldest > 1024 && oldest * 2 > groups.length) (groups.splice(0, oldest), (oldest = 0));
    return group;
  };

  return {
    get bytes() {
      return bytes;
    },
    add(group) {
      const { kept, spare } = settle(group);
      const size = sizeOf(kept);
      let free = spare;
      while (bytes > 0 && bytes + size > bytesMax) {
        const dropped = dropOldest();
        if (dropped?.wasRead === false) free ??= dropped;
      }
      if (size > bytesMax) return free ?? group;
      groups.push(kept);
      bytes += size;
      return free;
    },
    read(after, limit) {
      let index = oldest + firstPast(groups, oldest, after);
      const group = groups[index];
      if (group === undefined || group.first > after + 1) return undefined;
      const records: JournalRecord[] = [];
      for (let left = limit.bytes; index < groups.length && records.length < limit.records; index++) {
        const next = groups[index];
        if (next === undefined) break;
        left = take(next, after, limit.records, left, records);
        if (left < 0) break;
      }
      return records;
    },
    trimTo(sequence) {
      while ((groups[oldest]?.last ?? Infinity) <= sequence) dropOldest();
    },
  };
}

/** Adds records of the group above `after`; returns how many bytes are left, negative when the next record did not fit. */
function take(group: KeptGroup, after: number, recordsMax: number, bytesLeft: number, records: JournalRecord[]): number {
  const { first, count, table, bodies, appendedAtMs } = group;
  group.wasRead = true;
  let start = 0;
  let left = bytesLeft;
  for (let record = 0; record < count; record++) {
    const end = start + (table[record * TABLE_WORDS + SIZE_WORD] ?? 0);
    if (first + record > after) {
      if (records.length >= recordsMax) return left;
      left -= end - start;
      if (left < 0 && records.length > 0) return left;
      records.push({ sequence: first + record, appendedAtMs, bytes: bodies.subarray(start, end) });
    }
    start = end;
  }
  return left;
}

/** The group in buffers of the right size, and those that it no longer needs. */
function settle(group: CommittedGroup): { kept: KeptGroup; spare: GroupBuffers | undefined } {
  const { first, count, bodyBytes, table, bodies } = group;
  const own = { last: first + count - 1, wasRead: false };
  const words = count * TABLE_WORDS;
  if (bodyBytes > bodies.length * SPARSE_PART) return { kept: { ...group, ...own }, spare: undefined };
  return { kept: { ...group, ...own, table: table.slice(0, words), bodies: bodies.slice(0, bodyBytes) }, spare: { table, bodies } };
}

function sizeOf({ table, bodies }: GroupBuffers): number {
  return table.byteLength + bodies.byteLength + GROUP_OVERHEAD_BYTES;
}

/** How many groups from `from` on lie wholly at or below `after`. */
function firstPast(groups: readonly KeptGroup[], from: number, after: number): number {
  let low = from;
  let high = groups.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((groups[middle]?.last ?? 0) <= after) low = middle + 1;
    else high = middle;
  }
  return low - from;
}
