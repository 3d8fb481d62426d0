import type { GroupBuffers } from "./group-packer.ts";
import { SIZE_WORD, TABLE_WORDS } from "./messages.ts";

/** A group that was committed, in the buffers in which it was packed: `count` records at their front. */
export interface CommittedGroup extends GroupBuffers {
  readonly first: number;
  readonly count: number;
  readonly bodyBytes: number;
  readonly appendedAtMs: number;
}

/** Two numbers per record: where its bytes end, and when it was appended. */
const FACTS = 2;
const FACT_BYTES = FACTS * Float64Array.BYTES_PER_ELEMENT;

/**
 * Successive records in one buffer, which is filled again and again: their bytes from its front on, what is known of each from its end
 * down. It is full when the two meet.
 */
export interface RecordSlab {
  readonly bodies: Uint8Array<ArrayBuffer>;
  readonly facts: Float64Array<ArrayBuffer>;
  /** The sequence of its first record. */
  first: number;
  count: number;
  bodyBytes: number;
}

/** The smallest buffer that has room for so many records. */
export function slabBytesFor(records: number, bodyBytes: number): number {
  return Math.ceil(bodyBytes / FACT_BYTES) * FACT_BYTES + records * FACT_BYTES;
}

/** `bytes` as `slabBytesFor` gives them: a multiple of `FACT_BYTES`. */
export function createRecordSlab(bytes: number): RecordSlab {
  const buffer = new ArrayBuffer(bytes);
  return { bodies: new Uint8Array(buffer), facts: new Float64Array(buffer), first: 0, count: 0, bodyBytes: 0 };
}

/** Forgets what it holds: the next record that is put in has this sequence. */
export function clearSlab(slab: RecordSlab, first: number): void {
  slab.first = first;
  slab.count = 0;
  slab.bodyBytes = 0;
}

/** Copies records of the group, from the one with this index on, whose bytes begin at `bodyStart`: as many as there is room for. */
export function fillSlab(slab: RecordSlab, { count, table, bodies, appendedAtMs }: CommittedGroup, from: number, bodyStart: number): void {
  const { facts } = slab;
  const copiedTo = slab.bodyBytes;
  let end = copiedTo;
  let at = facts.length - slab.count * FACTS;
  for (let record = from; record < count; record++) {
    const next = end + (table[record * TABLE_WORDS + SIZE_WORD] ?? 0);
    if (next > (at - FACTS) * Float64Array.BYTES_PER_ELEMENT) break;
    end = next;
    facts[--at] = end;
    facts[--at] = appendedAtMs;
    slab.count += 1;
  }
  slab.bodies.set(bodies.subarray(bodyStart, bodyStart + end - copiedTo), copiedTo);
  slab.bodyBytes = end;
}

/** Where the bytes of the record with this index end; 0 for -1. */
export function endIn({ facts }: RecordSlab, record: number): number {
  return record < 0 ? 0 : (facts[facts.length - record * FACTS - 1] ?? 0);
}

export function appendedAtIn({ facts }: RecordSlab, record: number): number {
  return facts[facts.length - record * FACTS - 2] ?? 0;
}
