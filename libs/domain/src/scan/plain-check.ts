/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie below `end`, within the bytes, and the tables have an entry for each number that is looked up */
import { isDottedType, isId, isLowerHex } from "./byte-pattern.ts";
import { ENUM_VALUES, FIELDS_SHIFT, Kind, plainForm, PlainOp } from "./plain-form.ts";
import { recordTable } from "./record-table.ts";
import { isUtf8 } from "./utf8.ts";
import { isDoubleWithin, isFiniteDouble } from "./wire.ts";

// A look at records as encoders usually write them, at half of what the walk costs: it knows "sound" and "I cannot tell", no reasons, no paths
// and no header. So it may give up wherever a thing is rare, and must never take what the walk refuses.

/** As deep as the walk goes. */
const DEPTH_MAX = 100;

// Local names: V8 takes a module's own constants for what they are, and looks up imported ones at each use. It is a seventh of the time.
const { TEXT, MESSAGE, TEXT_ENTRY, VALUE_ENTRY, ID, DOTTED_TYPE, NUMBER, BOUNDED, ENUM, FINITE, SHARE } = Kind;
const { WIRE_TYPE, KIND_SHIFT, KIND, PLACE_SHIFT, SINGULAR, DETAIL_SHIFT } = PlainOp;
const fieldsShift = FIELDS_SHIFT;
const { ops, required, maxima } = plainForm(recordTable);

const DELIMITED = 2;
const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;
/** In google.protobuf.Value. */
const NUMBER_VALUE_TAG = 0x11;
const STRING_VALUE_TAG = 0x1a;
const LENGTH_BYTE_MAX = 0x7f;
const GIVEN_UP = -1;

export interface PlainRecord {
  readonly ok: true;
  /** Where the record's id lies in its bytes: nothing but ASCII. */
  readonly idStart: number;
  readonly idEnd: number;
}

let idStart = 0;
let idEnd = 0;

/** Where the id of a sound record lies; `undefined` for one that is not sound, or that only the walk can judge. */
export function checkPlain(bytes: Uint8Array): PlainRecord | undefined {
  return isSound(bytes, 0, 0, bytes.length, 1) ? { ok: true, idStart, idEnd } : undefined;
}

/** The message that lies from `start` to `end`; `message` is its index in the tables. */
function isSound(bytes: Uint8Array, message: number, start: number, end: number, depth: number): boolean {
  if (depth > DEPTH_MAX) return false;
  let seen = 0;
  for (let at = start; at < end;) {
    const tag = bytes[at++]!;
    // The numbers 16 to 31 have a second byte that is 1; the first byte tells them apart.
    if (tag > 0x7f && (at >= end || bytes[at++] !== 1)) return false;
    const op = ops[(message << fieldsShift) + (tag >>> 3)]!;
    const bit = 1 << ((op >>> PLACE_SHIFT) & 31);
    if ((tag & 7) !== (op & WIRE_TYPE) || ((seen & bit) !== 0 && (op & SINGULAR) !== 0) || at >= end) return false;
    seen |= bit;
    if ((tag & 7) !== DELIMITED) {
      at = afterNumber(bytes, op, at, end);
      if (at === GIVEN_UP) return false;
      continue;
    }
    let length = bytes[at++]!;
    if (length > 0x7f) {
      if (at >= end || bytes[at]! > 0x7f) return false;
      length += (bytes[at++]! - 1) << 7;
    }
    const from = at;
    at += length;
    if (at > end) return false;
    switch ((op >>> KIND_SHIFT) & KIND) {
      case TEXT:
        if (!isText(bytes, from, at)) return false;
        break;
      case MESSAGE:
        if (!isSound(bytes, op >>> DETAIL_SHIFT, from, at, depth + 1)) return false;
        break;
      case TEXT_ENTRY:
      case VALUE_ENTRY:
        if (!isSoundEntry(bytes, op, from, at, depth)) return false;
        break;
      default:
        if (!isMatch(bytes, op, from, at)) return false;
    }
  }
  return (seen & required[message]!) === required[message];
}

/** A map's entry as it usually is: a key, a value, and nothing else. */
function isSoundEntry(bytes: Uint8Array, op: number, start: number, end: number, depth: number): boolean {
  if (end - start < 4 || bytes[start] !== KEY_TAG || bytes[start + 1]! > 0x7f) return false;
  const keyEnd = start + 2 + bytes[start + 1]!;
  let from = keyEnd + 2;
  if (from > end || bytes[keyEnd] !== VALUE_TAG || !isText(bytes, start + 2, keyEnd)) return false;
  let length = bytes[keyEnd + 1]!;
  if (length > 0x7f) {
    if (from >= end || bytes[from]! > 0x7f) return false;
    length += (bytes[from++]! - 1) << 7;
  }
  if (from + length !== end) return false;
  if (((op >>> KIND_SHIFT) & KIND) === TEXT_ENTRY) return isText(bytes, from, end);
  return isSoundValue(bytes, op >>> DETAIL_SHIFT, from, end, depth + 1);
}

/** The Value in a Struct's entry. Numbers and short texts, which most are, are judged here, at half of what going into a message costs. */
function isSoundValue(bytes: Uint8Array, message: number, start: number, end: number, depth: number): boolean {
  const size = end - start;
  if (depth < DEPTH_MAX) {
    if (size === 9 && bytes[start] === NUMBER_VALUE_TAG) return isFiniteDouble(bytes, start + 1);
    if (size >= 2 && bytes[start] === STRING_VALUE_TAG && bytes[start + 1] === size - 2 && size - 2 <= LENGTH_BYTE_MAX) {
      return isText(bytes, start + 2, end);
    }
  }
  return isSound(bytes, message, start, end, depth);
}

/** A text with a pattern. */
function isMatch(bytes: Uint8Array, op: number, start: number, end: number): boolean {
  const kind = (op >>> KIND_SHIFT) & KIND;
  if (kind === DOTTED_TYPE) return isDottedType(bytes, start, end);
  if (kind !== ID) return (end - start === op >>> DETAIL_SHIFT || end === start) && isLowerHex(bytes, start, end);
  if (op >>> DETAIL_SHIFT === 1) {
    idStart = start;
    idEnd = end;
  }
  return isId(bytes, start, end);
}

/** The position after a number; `GIVEN_UP` for one that is not allowed, or that only the walk can judge. `at` lies below `end`. */
function afterNumber(bytes: Uint8Array, op: number, at: number, end: number): number {
  const kind = (op >>> KIND_SHIFT) & KIND;
  switch (kind) {
    case FINITE:
      return at + 8 <= end && isFiniteDouble(bytes, at) ? at + 8 : GIVEN_UP;
    case SHARE:
      return at + 8 <= end && isDoubleWithin(bytes, at, 0, 1) ? at + 8 : GIVEN_UP;
    case ENUM:
      return bytes[at]! < ENUM_VALUES && ((op >>> DETAIL_SHIFT) & (1 << bytes[at]!)) !== 0 ? at + 1 : GIVEN_UP;
    case NUMBER:
    case BOUNDED:
      return afterVarint(bytes, kind === NUMBER ? Infinity : maxima[op >>> DETAIL_SHIFT]!, at, end);
    default:
      return GIVEN_UP;
  }
}

/** A varint of up to five bytes. Its lower 32 bits are what the walk looks at, too. */
function afterVarint(bytes: Uint8Array, max: number, start: number, end: number): number {
  let at = start;
  let byte = bytes[at++]!;
  let value = byte & 0x7f;
  for (let shift = 7; byte > 0x7f; shift += 7) {
    if (at >= end || shift > 28) return GIVEN_UP;
    byte = bytes[at++]!;
    value |= (byte & 0x7f) << shift;
  }
  return max === Infinity || (value >= 0 && value <= max) ? at : GIVEN_UP;
}

/** Nearly all text is ASCII, and short: one bare loop. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  let all = 0;
  for (let at = start; at < end; at++) all |= bytes[at]!;
  return all < 0x80 || isUtf8(bytes, start, end);
}
