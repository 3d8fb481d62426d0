import type { AppendEntry } from "@tapio/journal";
import { hashId } from "./id-hash.ts";
import { type PackedGroup, SIZE_WORD, TABLE_WORDS } from "./messages.ts";

/** The two buffers of a group, for the next one when they come back from the writer. */
export interface GroupBuffers {
  readonly table: Uint32Array<ArrayBuffer>;
  readonly bodies: Uint8Array<ArrayBuffer>;
}

/** Packs entries into two growing buffers as they come, so that a group is handed to the writer whole and the callers keep their own. */
export interface GroupPacker {
  readonly count: number;
  readonly bodyBytes: number;
  add(entries: readonly AppendEntry[]): void;
  /** Gives the buffers away; nothing can be added afterwards. */
  pack(appendedAtMs: number): PackedGroup;
}

/** How much a group will hold, as a guess: buffers that grow are copied. */
export interface GroupSize {
  readonly records: number;
  readonly bytes: number;
}

const RECORDS_MIN = 64;
const BYTES_MIN = 64 * 1024;

export function newGroupBuffers({ records, bytes }: GroupSize = { records: 0, bytes: 0 }): GroupBuffers {
  return {
    table: new Uint32Array(Math.max(RECORDS_MIN, records) * TABLE_WORDS),
    bodies: new Uint8Array(Math.max(BYTES_MIN, bytes)),
  };
}

export function createGroupPacker(buffers: GroupBuffers = newGroupBuffers()): GroupPacker {
  let { table, bodies } = buffers;
  let count = 0;
  let bodyBytes = 0;

  const reserve = (records: number, bytes: number) => {
    const words = (count + records) * TABLE_WORDS;
    if (words > table.length) table = new Uint32Array(table.buffer.transfer(4 * Math.max(words, table.length * 2)));
    if (bodyBytes + bytes > bodies.length) bodies = new Uint8Array(bodies.buffer.transfer(Math.max(bodyBytes + bytes, bodies.length * 2)));
  };

  return {
    get count() {
      return count;
    },
    get bodyBytes() {
      return bodyBytes;
    },
    add(entries) {
      reserve(entries.length, bytesOf(entries));
      for (const { id, bytes } of entries) {
        const at = count * TABLE_WORDS;
        hashId(id, table, at);
        table[at + SIZE_WORD] = bytes.length;
        bodies.set(bytes, bodyBytes);
        bodyBytes += bytes.length;
        count += 1;
      }
    },
    pack: (appendedAtMs) => ({ count, bodyBytes, appendedAtMs, table, bodies }),
  };
}

export function bytesOf(entries: readonly AppendEntry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.bytes.length;
  return bytes;
}
