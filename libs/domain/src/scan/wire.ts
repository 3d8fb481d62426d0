/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie below `end`, within the bytes; a check of each would cost the hot loop */
import { refuse, REFUSED } from "./scan-state.ts";
import type { ScanState } from "./scan-state.ts";

// Readers of the protobuf wire format (https://protobuf.dev/programming-guides/encoding/). Each takes a position, gives back the
// position after what it read, and `REFUSED` when that is broken or reaches past `end`.

export const TRUNCATED = "is cut off: the encoded record ends, or its message ends, in the middle of a value; send all bytes";

/** Reads a varint of up to 64 bits into `state.low` and `state.high`. */
export function readVarint(state: ScanState, start: number, end: number): number {
  const bytes = state.bytes;
  if (start >= end) return refuse(state, TRUNCATED);
  const first = bytes[start]!; // below `end`, which is within the array, as all reads here
  state.high = 0;
  if (first < 0x80) {
    state.low = first;
    return start + 1;
  }
  let low = first & 0x7f;
  let high = 0;
  let at = start + 1;
  for (let shift = 7; shift < 70; shift += 7) {
    if (at >= end) return refuse(state, TRUNCATED);
    const byte = bytes[at++]!;
    const part = byte & 0x7f;
    if (shift < 28) low |= part << shift;
    else if (shift === 28) {
      low |= part << 28;
      high = part >>> 4;
    } else high |= part << (shift - 32);
    if (byte < 0x80) {
      if (shift === 63 && byte > 1) break;
      state.low = low;
      state.high = high;
      return at;
    }
  }
  return refuse(state, "has a number of more than 64 bits: the encoding is broken");
}

/** Reads the length of what follows into `state.low`, and checks that so much is there. */
export function readLength(state: ScanState, start: number, end: number): number {
  const at = readVarint(state, start, end);
  if (at === REFUSED) return REFUSED;
  if (state.high !== 0 || state.low < 0 || state.low > end - at) return refuse(state, TRUNCATED);
  return at;
}

/** Skips a value of an unknown field; only its wire form is checked. */
export function skipValue(state: ScanState, wireType: number, start: number, end: number): number {
  switch (wireType) {
    case 0:
      return readVarint(state, start, end);
    case 1:
      return skipFixed(state, start + 8, end);
    case 2: {
      const at = readLength(state, start, end);
      return at === REFUSED ? REFUSED : at + state.low;
    }
    case 5:
      return skipFixed(state, start + 4, end);
    case 3:
    case 4:
      return refuse(state, "holds a group, which this format does not have; send proto3 without groups");
    default:
      return refuse(state, `has the wire type ${wireType}, which does not exist: the encoding is broken`);
  }
}

export function skipFixed(state: ScanState, after: number, end: number): number {
  return after > end ? refuse(state, TRUNCATED) : after;
}

/** Whether the little-endian double at `at` is within the bounds; NaN never is. */
export function isDoubleWithin(bytes: Uint8Array, at: number, min: number, max: number): boolean {
  for (let i = 0; i < 8; i++) scratch.setUint8(i, bytes[at + i]!);
  const value = scratch.getFloat64(0, true);
  return value >= min && value <= max;
}

/** Whether the little-endian double at `at` is a number: the exponent of infinities and of NaN is all ones. */
export function isFiniteDouble(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 7]! & 0x7f) !== 0x7f || (bytes[at + 6]! & 0xf0) !== 0xf0;
}

const scratch = new DataView(new ArrayBuffer(8));
