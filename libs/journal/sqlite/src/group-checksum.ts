import { crc32 } from "node:zlib";

/** What a row of `record_group` says of its records, but for their bytes. */
export interface GroupFacts {
  readonly first: number;
  readonly count: number;
  readonly appendedAtMs: number;
  /** Bytes of all records ever appended, this group's included. */
  readonly bytesThrough: number;
  readonly entries: Uint8Array;
}

const numbers = new DataView(new ArrayBuffer(32));
const numberBytes = new Uint8Array(numbers.buffer);

/** CRC-32 of the row's numbers and `entries`. The body has one of its own: it is trimmed, or left unread, while the rest is used. */
export function factsCrc({ first, count, appendedAtMs, bytesThrough, entries }: GroupFacts): number {
  numbers.setFloat64(0, first, true);
  numbers.setFloat64(8, count, true);
  numbers.setFloat64(16, appendedAtMs, true);
  numbers.setFloat64(24, bytesThrough, true);
  return crc32(entries, crc32(numberBytes));
}

export function bodyCrc(body: Uint8Array): number {
  return crc32(body);
}
