/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie between given bounds; a check of each would cost the hot loop */
const INITIAL_BYTES = 16 * 1024;
/** Room that is given back after one unusually large text. */
const KEPT_BYTES_MAX = 1024 * 1024;
/** `\u0000`: what one byte of a text may become. */
const ESCAPED_BYTES_MAX = 6;
const NUMBER_BYTES_MAX = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ZERO = 0x30;

/** JSON in UTF-8 in the making. The functions below append to it; it is used for one text after the other. */
export interface JsonOutput {
  bytes: Uint8Array<ArrayBuffer>;
  length: number;
}

export function createJsonOutput(): JsonOutput {
  return { bytes: new Uint8Array(INITIAL_BYTES), length: 0 };
}

/** Begins a new text. */
export function clearJson(out: JsonOutput): void {
  out.length = 0;
  if (out.bytes.length > KEPT_BYTES_MAX) out.bytes = new Uint8Array(INITIAL_BYTES);
}

/** Appends JSON as it stands. */
export function putJson(out: JsonOutput, json: string): void {
  reserve(out, json.length * 3);
  const { bytes } = out;
  let at = out.length;
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i);
    if (unit > 0x7f) {
      out.length += encoder.encodeInto(json, bytes.subarray(out.length)).written;
      return;
    }
    bytes[at++] = unit;
  }
  out.length = at;
}

/** Appends one character of ASCII. */
export function putChar(out: JsonOutput, code: number): void {
  if (out.length === out.bytes.length) reserve(out, 1);
  out.bytes[out.length++] = code;
}

/** Appends finished bytes, e.g. `"name":`. */
export function putPiece(out: JsonOutput, piece: Uint8Array): void {
  const { length } = piece;
  reserve(out, length);
  const { bytes } = out;
  let at = out.length;
  for (let i = 0; i < length; i++) bytes[at++] = piece[i]!;
  out.length = at;
}

/** Appends well-formed UTF-8 as a string, escaped as `JSON.stringify` does. */
export function putString(out: JsonOutput, source: Uint8Array, start: number, end: number): void {
  reserve(out, (end - start) * ESCAPED_BYTES_MAX + 2);
  const { bytes } = out;
  let at = out.length;
  bytes[at++] = QUOTE;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) {
      const escape = escapes[byte]!;
      for (let k = 0; k < escape.length; k++) bytes[at++] = escape.charCodeAt(k);
    } else bytes[at++] = byte;
  }
  bytes[at++] = QUOTE;
  out.length = at;
}

/** Appends a number as `JSON.stringify` does; it must be finite. */
export function putNumber(out: JsonOutput, value: number): void {
  reserve(out, NUMBER_BYTES_MAX);
  // Also turns -0 into 0.
  if (value === (value | 0) && value >= 0) putDigits(out, value, digitsOf(value));
  else putJson(out, String(value));
}

/** The last seconds that were written, and their texts, since the records of one second come together. */
const knownSeconds = new Array<number>(8).fill(NaN);
const knownTexts = new Array<string>(8).fill("");

/** Appends a moment of the years 1 to 9999 as a string: RFC 3339 in UTC, with no, three, six or nine digits after the point. */
export function putTimestamp(out: JsonOutput, seconds: number, nanos: number): void {
  const slot = seconds & (knownSeconds.length - 1);
  if (knownSeconds[slot] !== seconds) {
    knownTexts[slot] = `"${new Date(seconds * 1000).toISOString().slice(0, 19)}`;
    knownSeconds[slot] = seconds;
  }
  putJson(out, knownTexts[slot]!);
  reserve(out, NUMBER_BYTES_MAX);
  if (nanos > 0) {
    out.bytes[out.length++] = 0x2e;
    if (nanos % 1_000_000 === 0) putDigits(out, nanos / 1_000_000, 3);
    else if (nanos % 1_000 === 0) putDigits(out, nanos / 1_000, 6);
    else putDigits(out, nanos, 9);
  }
  out.bytes[out.length++] = 0x5a;
  out.bytes[out.length++] = QUOTE;
}

/** Needs room for them. */
function putDigits(out: JsonOutput, value: number, count: number): void {
  const { bytes, length } = out;
  let rest = value;
  for (let at = length + count - 1; at >= length; at--) {
    const next = (rest / 10) | 0;
    bytes[at] = ZERO + rest - next * 10;
    rest = next;
  }
  out.length = length + count;
}

function digitsOf(value: number): number {
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count++;
  return count;
}

function reserve(out: JsonOutput, count: number): void {
  if (out.length + count <= out.bytes.length) return;
  const grown = new Uint8Array(Math.max(out.bytes.length * 2, out.length + count));
  grown.set(out.bytes.subarray(0, out.length));
  out.bytes = grown;
}

const encoder = new TextEncoder();
/** By byte; only for those that are escaped. */
const escapes = Array.from({ length: BACKSLASH + 1 }, (_, code) => JSON.stringify(String.fromCharCode(code)).slice(1, -1));
