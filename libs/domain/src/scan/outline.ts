/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie below `end`, within the bytes; a check of each would cost the hot loop */
import { HeaderField as Field, LAST_KIND } from "./header-fields.ts";

const VARINT = 0;
const DELIMITED = 2;
/** Of a tag of one byte: its wire type, and that there is no second byte. */
const WIRE_TYPE = 0x87;
const ID = (Field.ID << 3) | DELIMITED;
const TIME = (Field.TIME << 3) | DELIMITED;
const RESOURCES = (Field.RESOURCES << 3) | DELIMITED;
const TYPE = (Field.TYPE << 3) | DELIMITED;
const SEVERITY = (Field.SEVERITY << 3) | VARINT;

/** What an outline holds: 2 bits of the kind, 7 of the severity, 8 of the id's length, and where the id begins. */
const SEVERITY_AT = 2;
const ID_SIZE_AT = 9;
const ID_START_AT = 17;
const ID_SIZE_MAX = 0xff;
const ID_START_MAX = 0x3fff;

/**
 * Goes once over the fields of a stored record in its usual form (one kind, tags of one byte, lengths of one or two), and gives in one number what a header
 * needs at least: see `kindIn` and the others. 0 for every other form, and for what is broken: `readHeader` tells them apart, and reads whatever has an
 * outline. Imports next to nothing, so that the thread that reads a journal can look at records while their bytes are at hand.
 */
export function outlineOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 3) return 0;
  const kind = bytes[start]! >>> 3;
  if ((bytes[start]! & WIRE_TYPE) !== DELIMITED || kind < 1 || kind > LAST_KIND) return 0;
  let at = start + 2;
  let size = bytes[start + 1]!;
  if (size > 0x7f) {
    if (bytes[at]! > 0x7f) return 0;
    size = (size & 0x7f) | (bytes[at++]! << 7);
  }
  if (at + size !== end) return 0;
  let [idStart, idSize, severity, typeSize] = [0, 0, 0, 0];
  while (at < end) {
    const tag = bytes[at++]!;
    size = at < end ? bytes[at++]! : 0x80;
    if ((tag & WIRE_TYPE) === DELIMITED) {
      if (size > 0x7f) {
        const more = at < end ? bytes[at++]! : 0x80;
        if (more > 0x7f) return 0;
        size = (size & 0x7f) | (more << 7);
      }
      // Of a field that is there twice the last one counts.
      if (tag === ID) {
        idStart = at - start;
        idSize = size;
      } else if (tag === TYPE) typeSize = size;
      else if ((tag === TIME || tag === RESOURCES) && !isPlain(bytes, at, at + size)) return 0;
      at += size;
    } else if ((tag & WIRE_TYPE) === VARINT && size <= 0x7f) {
      if (tag === SEVERITY) severity = size;
    } else return 0;
  }
  if (at !== end || typeSize === 0 || idSize === 0 || idSize > ID_SIZE_MAX || idStart > ID_START_MAX) return 0;
  return kind | (severity << SEVERITY_AT) | (idSize << ID_SIZE_AT) | (idStart << ID_START_AT);
}

/** Whether a message's fields are numbers and short texts that end where it does: then whoever looks for one of them gets to its end. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  if (end > bytes.length) return false;
  let at = start;
  while (at < end) {
    const type = bytes[at++]! & WIRE_TYPE;
    if (type === DELIMITED && at < end && bytes[at]! <= 0x7f) at += 1 + bytes[at]!;
    else if (type === VARINT) at = afterVarint(bytes, at, end);
    else return false;
  }
  return at === end;
}

/** Beyond `end` when it does not end there, or in fewer than ten bytes. */
function afterVarint(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end && at < start + 9; at++) if (bytes[at]! <= 0x7f) return at + 1;
  return end + 1;
}

export function kindIn(outline: number): number {
  return outline & 3;
}

export function severityIn(outline: number): number {
  return (outline >>> SEVERITY_AT) & 0x7f;
}

/** Where the id begins, counted from the record's first byte. */
export function idStartIn(outline: number): number {
  return outline >>> ID_START_AT;
}

export function idSizeIn(outline: number): number {
  return (outline >>> ID_SIZE_AT) & ID_SIZE_MAX;
}
