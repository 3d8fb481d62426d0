/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie between `start` and `end`, within the bytes, and the table of classes has an entry for each byte */
import { getTextEncoding } from "@bufbuild/protobuf/wire";

/** A string rule that can be checked on encoded bytes, without making a string. */
export interface BytePattern {
  /** Whether the bytes from `start` to `end` (excluded) match. Unless `isAscii`, they must be valid UTF-8. */
  readonly test: (bytes: Uint8Array, start: number, end: number) => boolean;
  /** Nothing but ASCII matches. */
  readonly isAscii: boolean;
  /** What is expected, to follow "must be". */
  readonly expected: string;
  /** Where it is lower-case hexadecimal digits or nothing: how many. */
  readonly hexDigits?: number;
}

const WORD = 1;
const LOWER_HEX = 2;

const ID_BYTES_MAX = 128;

/** Classes of the bytes 0 to 255: `WORD` for `[A-Za-z0-9_-]`, `LOWER_HEX` for `[0-9a-f]`. */
const classes = new Uint8Array(256);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") {
  const code = character.charCodeAt(0);
  classes[code] = WORD | (/[0-9a-f]/.test(character) ? LOWER_HEX : 0);
}

/** Whether all are letters, digits, _ and -, and of them 1 to 128. */
export function isId(bytes: Uint8Array, start: number, end: number): boolean {
  return end > start && end - start <= ID_BYTES_MAX && allOf(WORD, bytes, start, end);
}

/** Whether all are lower-case hexadecimal digits. */
export function isLowerHex(bytes: Uint8Array, start: number, end: number): boolean {
  return allOf(LOWER_HEX, bytes, start, end);
}

function allOf(flag: number, bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    // The table has an entry for each byte, and `at` is within the array.
    if ((classes[bytes[at]!]! & flag) === 0) return false;
  }
  return true;
}

const DOT = 0x2e;
const SEGMENT_BYTES_MAX = 64;
const SEGMENTS_MAX = 8;

/** Whether they are one to eight segments, joined by dots. */
export function isDottedType(bytes: Uint8Array, start: number, end: number): boolean {
  let segments = 1;
  let segmentStart = start;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!; // within the array
    if (byte === DOT) {
      if (at === segmentStart || at - segmentStart > SEGMENT_BYTES_MAX || ++segments > SEGMENTS_MAX) return false;
      segmentStart = at + 1;
    } else if ((classes[byte]! & WORD) === 0) return false;
  }
  return end > segmentStart && end - segmentStart <= SEGMENT_BYTES_MAX;
}

function hexDigits(count: number): BytePattern {
  return {
    test: (bytes, start, end) => end === start || (end - start === count && isLowerHex(bytes, start, end)),
    isAscii: true,
    expected: `${count} lower-case hexadecimal digits, or empty`,
    hexDigits: count,
  };
}

/** The patterns of `tapio.domain.v1`, by their text in the `.proto`. */
const known: ReadonlyMap<string, BytePattern> = new Map([
  ["^[A-Za-z0-9_-]{1,128}$", { test: isId, isAscii: true, expected: "1 to 128 letters, digits, _ and -" }],
  [
    "^[A-Za-z0-9_-]{1,64}([.][A-Za-z0-9_-]{1,64}){0,7}$",
    { test: isDottedType, isAscii: true, expected: "one to eight segments of 1 to 64 letters, digits, _ and -, joined by dots" },
  ],
  ["^([0-9a-f]{32})?$", hexDigits(32)],
  ["^([0-9a-f]{16})?$", hexDigits(16)],
]);

const decoder = getTextEncoding();

/** The check for a `buf.validate` string pattern; one that has no byte form is run as a regular expression, which is slower. */
export function bytePattern(pattern: string): BytePattern {
  const found = known.get(pattern);
  if (found !== undefined) return found;
  const expression = new RegExp(pattern, "u");
  return {
    test: (bytes, start, end) => expression.test(decoder.decodeUtf8(bytes.subarray(start, end))),
    isAscii: false,
    expected: `a text that matches ${pattern}`,
  };
}
