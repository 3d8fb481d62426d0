/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads past the array give undefined, which counts as a zero byte; whoever reads checks the end */
/**
 * A place in encoded protobuf (https://protobuf.dev/programming-guides/encoding/) that the functions below move. They are for bytes that were
 * scanned before, and check nothing but that they come to an end: whoever reads a message compares `at` with its end, and lets protobuf-es
 * have the bytes where they differ.
 */
export interface WireCursor {
  bytes: Uint8Array;
  at: number;
  /** The upper half of the last varint. */
  high: number;
}

export function createWireCursor(): WireCursor {
  return { bytes: NO_BYTES, at: 0, high: 0 };
}

/** Begins to read. */
export function openBytes(cursor: WireCursor, bytes: Uint8Array): void {
  cursor.bytes = bytes;
  cursor.at = 0;
}

/** Lets go of the bytes: a slice keeps the whole request that it came with. */
export function closeBytes(cursor: WireCursor): void {
  cursor.bytes = NO_BYTES;
}

/** The lower 32 bits of a varint, unsigned; the upper ones are in `cursor.high`. */
export function readVarint(cursor: WireCursor): number {
  const { bytes } = cursor;
  const first = bytes[cursor.at++]!;
  cursor.high = 0;
  return first < 0x80 ? first : readLongVarint(cursor, first & 0x7f);
}

function readLongVarint(cursor: WireCursor, start: number): number {
  const { bytes } = cursor;
  let low = start;
  let high = 0;
  for (let shift = 7; shift < 70; shift += 7) {
    const byte = bytes[cursor.at++]!;
    const part = byte & 0x7f;
    if (shift < 28) low |= part << shift;
    else if (shift === 28) {
      low |= part << 28;
      high = part >>> 4;
    } else high |= part << (shift - 32);
    if (byte < 0x80) break;
  }
  cursor.high = high;
  return low >>> 0;
}

/** An int64 varint, exact up to 2^53. */
export function readInt64(cursor: WireCursor): number {
  const low = readVarint(cursor);
  return (cursor.high | 0) * 4_294_967_296 + low;
}

export function readDouble(cursor: WireCursor): number {
  const { bytes, at } = cursor;
  for (let i = 0; i < 8; i++) scratch.setUint8(i, bytes[at + i]!);
  cursor.at = at + 8;
  return scratch.getFloat64(0, true);
}

/** Passes over a value. A group, which the scan refuses, leads past every end. */
export function skipValue(cursor: WireCursor, wireType: number): void {
  switch (wireType) {
    case 0:
      readVarint(cursor);
      return;
    case 1:
      cursor.at += 8;
      return;
    case 2: {
      const length = readVarint(cursor);
      cursor.at += length;
      return;
    }
    case 5:
      cursor.at += 4;
      return;
    default:
      cursor.at = Infinity;
  }
}

const NO_BYTES = new Uint8Array();
const scratch = new DataView(new ArrayBuffer(8));
