/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie below `end`, within the bytes, and a field's check tells which parts of its table are there */
import { getTextEncoding } from "@bufbuild/protobuf/wire";
import { Capture, Check } from "./message-table.ts";
import type { FieldTable, MessageTable } from "./message-table.ts";
import { locate, notAllowedReason } from "./refusal.ts";
import { refuse, REFUSED } from "./scan-state.ts";
import type { ScanState } from "./scan-state.ts";
import { isUtf8 } from "./utf8.ts";
import { isDoubleWithin, readLength, readVarint, skipFixed, skipValue } from "./wire.ts";

/** As deep as protobuf-es decodes. */
const DEPTH_MAX = 100;
const FIELD_NUMBER_MAX = 536_870_911;

const text = getTextEncoding();

/**
 * Checks the message that lies from `start` to `end`, to its leaves, and keeps what the header needs.
 * Gives back `end`, or `REFUSED` with the reason and the path in `state`.
 */
export function walk(state: ScanState, table: MessageTable, start: number, end: number, depth: number): number {
  if (depth > DEPTH_MAX) return refuse(state, `nests more than ${DEPTH_MAX} levels deep; send flatter data`);
  const { bytes } = state;
  const { fields } = table;
  let seen = 0;
  let at = start;
  while (at < end) {
    const fieldStart = at;
    const first = bytes[at]!; // below `end`, which is within the array
    let tag: number;
    if (first < 0x80) {
      tag = first;
      at++;
    } else {
      at = readVarint(state, at, end);
      if (at === REFUSED) return REFUSED;
      if (state.high !== 0 || at - fieldStart > 5) return refuse(state, "has a field number of more than 29 bits: the encoding is broken");
      tag = state.low;
    }
    const number = tag >>> 3;
    if (number === 0 || number > FIELD_NUMBER_MAX) return refuse(state, "has a field with the number 0: the encoding is broken");
    const field = number < fields.length ? fields[number] : undefined;
    if (field === undefined) {
      at = skipValue(state, tag & 7, at, end);
      if (at === REFUSED) return REFUSED;
      continue;
    }
    if ((seen & field.bit) !== 0 && field.singular) {
      refuse(state, "is there more than once, which readers may read differently; send it once");
      return locate(state, table, field, start, fieldStart);
    }
    seen |= field.bit;
    if ((tag & 7) !== field.wireType) {
      refuse(state, `has the wire type ${tag & 7} in place of ${field.wireType}: it was encoded with another schema`);
      return locate(state, table, field, start, fieldStart);
    }
    at = checkValue(state, field, at, end, depth);
    if (at === REFUSED) return locate(state, table, field, start, fieldStart);
  }
  if ((seen & table.required) !== table.required) return refuseMissing(state, table, seen);
  return end;
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
  // Most lengths are one byte: readLength without the call.
  let start = at + 1;
  let after = start + (at < end ? state.bytes[at]! : 0x80);
  if (after - start > 0x7f || after > end) {
    start = readLength(state, at, end);
    if (start === REFUSED) return REFUSED;
    after = start + state.low;
  }
  if (!isUtf8(state.bytes, start, after)) return refuse(state, "is not valid UTF-8; encode the text as UTF-8");
  if (field.pattern !== undefined && !field.pattern.test(state.bytes, start, after)) {
    return refuse(state, notAllowedReason(state.bytes, start, after, field.pattern.expected));
  }
  if (field.capture === Capture.ID) {
    state.idStart = start;
    state.idEnd = after;
  } else if (field.capture === Capture.TYPE) {
    state.typeStart = start;
    state.typeEnd = after;
  } else if (field.capture === Capture.NAMESPACE && after > start) {
    const namespace = readText(state.bytes, start, after);
    if (!state.namespaces.includes(namespace)) state.namespaces.push(namespace);
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
  if (after === REFUSED || isDoubleWithin(state.bytes, at, field.min, field.max)) return after;
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
