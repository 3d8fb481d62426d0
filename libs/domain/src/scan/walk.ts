/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie below `end`, within the bytes, and a field's check tells which parts of its table are there */
import { getTextEncoding } from "@bufbuild/protobuf/wire";
import { Capture, Check, Op } from "./message-table.ts";
import type { FieldTable, MessageTable } from "./message-table.ts";
import { locate, notAllowedReason } from "./refusal.ts";
import { addNamespace, refuse, REFUSED } from "./scan-state.ts";
import type { ScanState } from "./scan-state.ts";
import { cachedText } from "./text-cache.ts";
import { isUtf8 } from "./utf8.ts";
import { isDoubleWithin, isFiniteDouble, readLength, readVarint, skipFixed, skipValue, TRUNCATED } from "./wire.ts";

/** As deep as protobuf-es decodes. */
const DEPTH_MAX = 100;
const FIELD_NUMBER_MAX = 536_870_911;

const NOT_UTF8 = "is not valid UTF-8; encode the text as UTF-8";

const text = getTextEncoding();

/**
 * Checks the message that lies from `start` to `end`, to its leaves, and keeps what the header needs.
 * Gives back `end`, or `REFUSED` with the reason and the path in `state`.
 */
export function walk(state: ScanState, table: MessageTable, start: number, end: number, depth: number): number {
  if (depth > DEPTH_MAX) return refuse(state, `nests more than ${DEPTH_MAX} levels deep; send flatter data`);
  const { bytes } = state;
  const { ops } = table;
  let seen = 0;
  let at = start;
  while (at < end) {
    const fieldStart = at;
    let tag = bytes[at++]!; // below `end`, which is within the array
    if (tag > 0x7f) {
      at = readTag(state, fieldStart, end);
      if (at === REFUSED) return REFUSED;
      tag = state.low;
    }
    const number = tag >>> 3;
    const op = number < ops.length ? ops[number]! : 0;
    if (op === 0) {
      at = skipUnknown(state, tag, at, end);
      if (at === REFUSED) return REFUSED;
      continue;
    }
    const bit = 1 << ((op >>> Op.BIT_SHIFT) & 31);
    if (((seen & bit) !== 0 && (op & Op.SINGULAR) !== 0) || (tag & 7) !== (op & Op.WIRE_TYPE)) {
      return refuseField(state, table, tag, { start, fieldStart, isRepeated: (seen & bit) !== 0 });
    }
    seen |= bit;
    if ((op & Op.DELIMITED) !== 0 && at < end && bytes[at]! < 0x80) {
      // The value of a field of which nothing is kept, with a length of one byte: what most fields are.
      const from = at + 1;
      at = from + bytes[at]!;
      if (at > end) refuse(state, TRUNCATED);
      else if ((op & Op.TEXT) !== 0) {
        if (isUtf8(bytes, from, at)) continue;
        refuse(state, NOT_UTF8);
      } else {
        const inner = table.inner[number]!;
        if (walk(state, inner, from, at, inner.entry ? depth : depth + 1) !== REFUSED) continue;
      }
      return locate(state, table, table.fields[number]!, start, fieldStart);
    }
    at = checkValue(state, table.fields[number]!, at, end, depth);
    if (at === REFUSED) return locate(state, table, table.fields[number]!, start, fieldStart);
  }
  if ((seen & table.required) !== table.required) return refuseMissing(state, table, seen);
  return end;
}

/** A field's number and wire type, of more than one byte, into `state.low`. */
function readTag(state: ScanState, start: number, end: number): number {
  const at = readVarint(state, start, end);
  if (at === REFUSED) return REFUSED;
  if (state.high !== 0 || at - start > 5) return refuse(state, "has a field number of more than 29 bits: the encoding is broken");
  return at;
}

function skipUnknown(state: ScanState, tag: number, at: number, end: number): number {
  const number = tag >>> 3;
  if (number === 0 || number > FIELD_NUMBER_MAX) return refuse(state, "has a field with the number 0: the encoding is broken");
  return skipValue(state, tag & 7, at, end);
}

/** A field that is there again where it may be there once, or that has another wire type. */
function refuseField(
  state: ScanState,
  table: MessageTable,
  tag: number,
  { start, fieldStart, isRepeated }: { readonly start: number; readonly fieldStart: number; readonly isRepeated: boolean },
): number {
  const field = table.fields[tag >>> 3]!;
  if (isRepeated && field.singular) refuse(state, "is there more than once, which readers may read differently; send it once");
  else refuse(state, `has the wire type ${tag & 7} in place of ${field.wireType}: it was encoded with another schema`);
  return locate(state, table, field, start, fieldStart);
}

function checkValue(state: ScanState, field: FieldTable, at: number, end: number, depth: number): number {
  switch (field.check) {
    case Check.STRING:
      return checkString(state, field, at, end);
    case Check.MESSAGE:
      return checkMessage(state, field, at, end, depth);
    case Check.VARINT:
      return readVarint(state, at, end);
    case Check.FIXED64:
      return skipFixed(state, at + 8, end);
    case Check.DOUBLE:
      return checkDouble(state, field, at, end);
    case Check.ENUM:
      return checkEnum(state, field, at, end);
    case Check.INT32:
    case Check.UINT32:
    case Check.INT64:
      return checkInteger(state, field, at, end);
    default:
      return skipValue(state, field.wireType, at, end);
  }
}

function checkString(state: ScanState, field: FieldTable, at: number, end: number): number {
  const start = readLength(state, at, end);
  if (start === REFUSED) return REFUSED;
  const after = start + state.low;
  const { bytes } = state;
  const { pattern } = field;
  // What matches a pattern of ASCII characters is UTF-8.
  const isMatch = pattern?.isAscii === true && pattern.test(bytes, start, after);
  if (!isMatch) {
    if (!isUtf8(bytes, start, after)) return refuse(state, NOT_UTF8);
    if (pattern !== undefined && (pattern.isAscii || !pattern.test(bytes, start, after))) {
      return refuse(state, notAllowedReason(bytes, start, after, pattern.expected));
    }
  }
  if (field.capture === Capture.ID) {
    state.idStart = start;
    state.idEnd = after;
  } else if (field.capture === Capture.TYPE) {
    state.typeStart = start;
    state.typeEnd = after;
  } else if (field.capture === Capture.NAMESPACE && after > start && state.withNamespaces) {
    addNamespace(state, cachedText(state.bytes, start, after));
  }
  return after;
}

/** Makes a string of valid UTF-8. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  return text.decodeUtf8(bytes.subarray(start, end));
}

function checkMessage(state: ScanState, field: FieldTable, at: number, end: number, depth: number): number {
  const start = readLength(state, at, end);
  if (start === REFUSED) return REFUSED;
  const table = field.message!; // always there for Check.MESSAGE
  if (field.capture === Capture.KIND) state.kind = field.number;
  if (field.capture !== Capture.TIME) return walk(state, table, start, start + state.low, table.entry ? depth : depth + 1);
  state.seconds = 0;
  state.nanos = 0;
  const after = walk(state, table, start, start + state.low, depth + 1);
  state.timeSeconds = state.seconds;
  state.timeNanos = state.nanos;
  return after;
}

function checkDouble(state: ScanState, field: FieldTable, at: number, end: number): number {
  const after = skipFixed(state, at + 8, end);
  if (after === REFUSED) return REFUSED;
  const isAllowed =
    field.max === Number.MAX_VALUE ? isFiniteDouble(state.bytes, at) : isDoubleWithin(state.bytes, at, field.min, field.max);
  if (isAllowed) return after;
  return refuseOutside(state, field);
}

function checkEnum(state: ScanState, field: FieldTable, at: number, end: number): number {
  const after = readVarint(state, at, end);
  if (after === REFUSED) return REFUSED;
  const value = state.low; // 32 bits, as all readers take it
  const { defined, refused, desc } = field.enumeration!; // always there for Check.ENUM
  if ((defined !== undefined && !defined.has(value)) || refused.has(value)) {
    const names = desc.values.filter((known) => !refused.has(known.number)).map((known) => `${known.name} (${known.number})`);
    return refuse(state, `is ${value}, which is none of ${names.join(", ")}`);
  }
  if (field.capture === Capture.SEVERITY) state.severity = value;
  return after;
}

function checkInteger(state: ScanState, field: FieldTable, at: number, end: number): number {
  const after = readVarint(state, at, end);
  if (after === REFUSED) return REFUSED;
  let value = state.low;
  if (field.check === Check.UINT32) value >>>= 0;
  else if (field.check === Check.INT64) value = state.high * 4_294_967_296 + (state.low >>> 0);
  if (value < field.min || value > field.max) return refuseOutside(state, field);
  if (field.capture === Capture.SECONDS) state.seconds = value;
  else if (field.capture === Capture.NANOS) state.nanos = value;
  return after;
}

function refuseOutside(state: ScanState, field: FieldTable): number {
  if (field.max === Number.MAX_VALUE) return refuse(state, "is not a finite number, which JSON cannot carry; send it as a string");
  return refuse(state, `must be a number from ${field.min} to ${field.max}`);
}

function refuseMissing(state: ScanState, table: MessageTable, seen: number): number {
  for (const { bit, name, remedy } of table.requirements) {
    if ((seen & bit) !== 0) continue;
    state.path.push(name);
    return refuse(state, `is missing; ${remedy}`);
  }
  return REFUSED; // not reached: `required` holds the bits of the requirements
}
