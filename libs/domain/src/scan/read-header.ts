/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie below `end`, within the bytes; a check of each would cost the hot loop */
import type { RecordKind } from "@tapio/contracts/domain/v1/record";
import type { Severity } from "@tapio/contracts/domain/v1/types";
import { asciiText } from "../ascii-text.ts";
import type { RecordHeader } from "../record-header.ts";
import { HeaderField, LAST_KIND } from "./header-fields.ts";
import { addNamespace, REFUSED, scanState } from "./scan-state.ts";
import type { ScanState } from "./scan-state.ts";
import { cachedText } from "./text-cache.ts";
import { readLength, readVarint, skipValue } from "./wire.ts";

const Time = { SECONDS: 1, NANOS: 2 } as const;
const NAMESPACE = 3;

const VARINT = 0;
const DELIMITED = 2;

/**
 * Reads the header of a record that was judged before it was stored, at a fraction of what `scanRecord` costs: what the header does not need is skipped.
 * `undefined` for bytes that are not even such a record's outline.
 */
export function readHeader(bytes: Uint8Array): RecordHeader | undefined {
  const state = scanState(bytes);
  if (!readRecord(state) || state.kind === 0 || state.idEnd === 0 || state.typeEnd === 0) return undefined;
  return {
    kind: state.kind as RecordKind, // 1 to 3
    id: asciiText(bytes, state.idStart, state.idEnd),
    timeSeconds: state.timeSeconds,
    timeNanos: state.timeNanos,
    type: cachedText(bytes, state.typeStart, state.typeEnd),
    severity: state.severity as Severity, // was checked against the enum
    namespaces: state.namespaces,
  };
}

function readRecord(state: ScanState): boolean {
  const end = state.bytes.length;
  for (let at = 0; at < end;) {
    at = readVarint(state, at, end);
    if (at === REFUSED) return false;
    const tag = state.low;
    const number = tag >>> 3;
    if (number >= 1 && number <= LAST_KIND && (tag & 7) === DELIMITED) {
      const start = readLength(state, at, end);
      if (start === REFUSED) return false;
      at = start + state.low;
      state.kind = number;
      if (!readKind(state, start, at)) return false;
    } else {
      at = skipValue(state, tag & 7, at, end);
      if (at === REFUSED) return false;
    }
  }
  return true;
}

/** The fields of an Event, a Finding or a Correlation. */
function readKind(state: ScanState, start: number, end: number): boolean {
  const { bytes } = state;
  for (let at = start; at < end;) {
    let tag = bytes[at++]!;
    if (tag > 0x7f) {
      at = readVarint(state, at - 1, end);
      if (at === REFUSED) return false;
      tag = state.low;
    }
    const number = tag >>> 3;
    if ((tag & 7) !== DELIMITED) {
      at = skipValue(state, tag & 7, at, end);
      if (at === REFUSED) return false;
      if (number === HeaderField.SEVERITY && (tag & 7) === VARINT) state.severity = state.low;
      continue;
    }
    let from = at + 1;
    if (at < end && bytes[at]! < 0x80) at = from + bytes[at]!;
    else {
      from = readLength(state, at, end);
      if (from === REFUSED) return false;
      at = from + state.low;
    }
    if (at > end) return false;
    if (number <= HeaderField.RESOURCES && !keep(state, number, from, at)) return false;
  }
  return true;
}

/** A field of the header, or another one below it. */
function keep(state: ScanState, number: number, start: number, end: number): boolean {
  switch (number) {
    case HeaderField.ID:
      state.idStart = start;
      state.idEnd = end;
      return true;
    case HeaderField.TYPE:
      state.typeStart = start;
      state.typeEnd = end;
      return true;
    case HeaderField.TIME:
      return readTime(state, start, end);
    case HeaderField.RESOURCES:
      return readNamespace(state, start, end);
    default:
      return true;
  }
}

function readTime(state: ScanState, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    at = readVarint(state, at, end);
    if (at === REFUSED) return false;
    const tag = state.low;
    at = skipValue(state, tag & 7, at, end);
    if (at === REFUSED) return false;
    if ((tag & 7) !== VARINT) continue;
    if (tag >>> 3 === Time.SECONDS) state.timeSeconds = state.high * 4_294_967_296 + (state.low >>> 0);
    else if (tag >>> 3 === Time.NANOS) state.timeNanos = state.low;
  }
  return true;
}

const NAMESPACE_TAG = (NAMESPACE << 3) | DELIMITED;

function readNamespace(state: ScanState, start: number, end: number): boolean {
  const { bytes } = state;
  for (let at = start; at < end;) {
    const tag = bytes[at]!;
    const size = at + 1 < end ? bytes[at + 1]! : 0x80;
    let from = at + 2;
    let isNamespace = tag === NAMESPACE_TAG;
    if ((tag & 0x87) === DELIMITED && size < 0x80) at = from + size;
    else {
      at = readVarint(state, at, end);
      if (at === REFUSED) return false;
      isNamespace = state.low === NAMESPACE_TAG;
      at = skipValue(state, state.low & 7, at, end);
      if (at === REFUSED) return false;
      from = isNamespace ? at - state.low : at;
    }
    if (at > end) return false;
    if (!isNamespace || from === at) continue;
    addNamespace(state, cachedText(bytes, from, at));
  }
  return true;
}
