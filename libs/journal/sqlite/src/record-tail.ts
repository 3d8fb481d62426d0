import { JournalRecord, type ReadLimit } from "@tapio/journal";
import { SIZE_WORD, TABLE_WORDS } from "./messages.ts";
import {
  appendedAtIn,
  clearSlab,
  type CommittedGroup,
  createRecordSlab,
  endIn,
  fillSlab,
  type RecordSlab,
  slabBytesFor,
} from "./record-slab.ts";

/**
 * Copies of the newest records: whoever is near the head reads them without another thread. They lie in a few slabs that are made as
 * they are needed and then filled again and again. What is read is copied out of them.
 *
 * The copies are there for the garbage collector's sake: V8 begins a full collection whenever the memory outside of its heap has grown by
 * 64 MB since the last, and a full collection costs more than the copies of all the records that come between two of them.
 */
export interface RecordTail {
  /** Takes a group whose first record follows the last one that was added. One that is larger than the tail leaves nothing in it. */
  add(group: CommittedGroup): void;
  /** As `Journal.read`, over all that was added; `undefined` when some of what is asked for is not here. */
  read(after: number, limit: ReadLimit): JournalRecord[] | undefined;
  /** Lets go of slabs whose records lie wholly at or below `sequence`. */
  trimTo(sequence: number): void;
  /** How much memory it takes. It does not fall when records are trimmed: what it took is used for later ones. */
  readonly bytes: number;
}

const SLAB_BYTES_MAX = 1024 * 1024;
/** A small tail has so many slabs, too: one at a time is let go of. */
const SLABS_MIN = 8;

/** `bytesMax` 0: keeps nothing. */
export function createRecordTail(bytesMax: number): RecordTail {
  const ring = createSlabRing(bytesMax);
  const { slabs } = ring;
  return {
    get bytes() {
      return ring.bytes;
    },
    add(group) {
      if (slabBytesFor(group.count, group.bodyBytes) > bytesMax) return ring.clear();
      let slab = slabs.at(-1);
      for (let record = 0, copied = 0; record < group.count;) {
        if (slab === undefined || !hasRoom(slab, sizeOf(group, record))) slab = ring.next(group.first + record, sizeOf(group, record));
        const before = slab.bodyBytes;
        fillSlab(slab, group, record, copied);
        copied += slab.bodyBytes - before;
        record = slab.first + slab.count - group.first;
      }
    },
    read(after, limit) {
      const index = slabs.findLastIndex((slab) => slab.first <= after + 1);
      const newest = slabs.at(-1);
      if (index < 0 || newest === undefined || after >= lastIn(newest)) return undefined;
      return copyOut(partsOf(slabs, index, after, limit));
    },
    trimTo(sequence) {
      while (lastIn(slabs[0]) <= sequence) ring.dropOldest();
    },
  };
}

/** Slabs of one size, and larger ones for single records that do not fit into these: together at most `bytesMax`. */
function createSlabRing(bytesMax: number) {
  const slabBytes = slabBytesFor(0, Math.min(SLAB_BYTES_MAX, Math.floor(bytesMax / SLABS_MIN)));
  const slabs: RecordSlab[] = [];
  const spare: RecordSlab[] = [];
  let bytes = 0;

  const dropOldest = (): void => {
    const slab = slabs.shift();
    if (slab?.bodies.length === slabBytes) spare.push(slab);
    else bytes -= slab?.bodies.length ?? 0;
  };
  const slabOf = (size: number): RecordSlab => {
    for (;;) {
      const free = size === slabBytes ? spare.pop() : undefined;
      if (free !== undefined) return free;
      if (bytes + size <= bytesMax) break;
      if (spare.pop() === undefined) dropOldest();
      else bytes -= slabBytes;
    }
    bytes += size;
    return createRecordSlab(size);
  };

  return {
    /** From the oldest to the newest, each with at least one record. */
    slabs,
    get bytes() {
      return bytes;
    },
    dropOldest,
    clear() {
      while (slabs.length > 0) dropOldest();
    },
    /** A slab for the records from `first` on, the first of which has `size` bytes, in place of the oldest once there are enough. */
    next(first: number, size: number): RecordSlab {
      const slab = slabOf(Math.max(slabBytes, slabBytesFor(1, size)));
      clearSlab(slab, first);
      slabs.push(slab);
      return slab;
    },
  };
}

/** Some records of one slab: the index of the first, and that after the last. */
interface Part {
  readonly slab: RecordSlab;
  readonly from: number;
  readonly to: number;
}

/** The records above `after`, which are in the slab at `index` and those that follow it, as far as the limit admits. */
function partsOf(slabs: readonly RecordSlab[], index: number, after: number, limit: ReadLimit): Part[] {
  const parts: Part[] = [];
  let records = 0;
  let bytes = 0;
  for (const slab of slabs.slice(index)) {
    const from = Math.max(0, after + 1 - slab.first);
    let to = from;
    for (let start = endIn(slab, from - 1); to < slab.count && records < limit.records; to++) {
      const end = endIn(slab, to);
      if (records > 0 && bytes + end - start > limit.bytes) break;
      records += 1;
      bytes += end - start;
      start = end;
    }
    if (to > from) parts.push({ slab, from, to });
    if (to < slab.count) break;
  }
  return parts;
}

/** The records with their bytes in one new buffer, which they fill. */
function copyOut(parts: readonly Part[]): JournalRecord[] {
  const bytes = new Uint8Array(parts.reduce((sum, { slab, from, to }) => sum + endIn(slab, to - 1) - endIn(slab, from - 1), 0));
  const records: JournalRecord[] = [];
  let copied = 0;
  for (const { slab, from, to } of parts) {
    const start = endIn(slab, from - 1);
    bytes.set(slab.bodies.subarray(start, endIn(slab, to - 1)), copied);
    for (let record = from, at = copied; record < to; record++) {
      const end = copied + endIn(slab, record) - start;
      records.push(new JournalRecord(slab.first + record, appendedAtIn(slab, record), bytes, at, end));
      at = end;
    }
    copied += endIn(slab, to - 1) - start;
  }
  return records;
}

function hasRoom(slab: RecordSlab, size: number): boolean {
  return slabBytesFor(slab.count + 1, slab.bodyBytes + size) <= slab.bodies.length;
}

function sizeOf({ table }: CommittedGroup, record: number): number {
  return table[record * TABLE_WORDS + SIZE_WORD] ?? 0;
}

/** `Infinity` where there is no slab. */
function lastIn(slab: RecordSlab | undefined): number {
  return slab === undefined ? Infinity : slab.first + slab.count - 1;
}
