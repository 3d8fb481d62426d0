import { readDouble, readVarint } from "../wire/wire-cursor.ts";
import { takeTag, type JsonJob } from "./json-job.ts";
import { putChar, putNumber, putPiece, putString } from "./json-output.ts";

const COMMA = 0x2c;
const COLON = 0x3a;
const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;
/** Of `google.protobuf.Struct.fields` and of `ListValue.values`. */
const ITEM_TAG = 0x0a;
/** Of the members of `google.protobuf.Value`. */
const Kind = { NULL: 0x08, NUMBER: 0x11, STRING: 0x1a, BOOL: 0x20, STRUCT: 0x2a, LIST: 0x32 } as const;
/** Each key is compared with those before it; a larger map is not written here. */
const KEYS_MAX = 64;

const NULL = new TextEncoder().encode("null");
const TRUE = new TextEncoder().encode("true");
const FALSE = new TextEncoder().encode("false");

/** Writes a map of texts, whose first entry is `firstLength` bytes long and whose others follow with the same tag. False as in `writeMessage`. */
export function writeTexts(job: JsonJob, tag: number, firstLength: number, end: number): boolean {
  const base = job.keys.length;
  putChar(job.out, 0x7b);
  let length = firstLength;
  for (;;) {
    const entryEnd = job.at + length;
    if (!writeKey(job, base, entryEnd)) return false;
    const valueLength = takeTag(job, VALUE_TAG, entryEnd) ? readVarint(job) : 0;
    putString(job.out, job.bytes, job.at, job.at + valueLength);
    job.at += valueLength;
    if (job.at !== entryEnd) return false;
    if (!takeTag(job, tag, end)) break;
    putChar(job.out, COMMA);
    length = readVarint(job);
  }
  putChar(job.out, 0x7d);
  job.keys.length = base;
  return true;
}

/** Writes a `google.protobuf.Struct`. False as in `writeMessage`. */
export function writeStruct(job: JsonJob, end: number): boolean {
  const base = job.keys.length;
  putChar(job.out, 0x7b);
  while (takeTag(job, ITEM_TAG, end)) {
    if (job.keys.length > base) putChar(job.out, COMMA);
    const length = readVarint(job);
    const entryEnd = job.at + length;
    if (!writeKey(job, base, entryEnd) || !takeTag(job, VALUE_TAG, entryEnd) || !writeValue(job) || job.at !== entryEnd) return false;
  }
  putChar(job.out, 0x7d);
  job.keys.length = base;
  return job.at === end;
}

/** Writes a `google.protobuf.Value` that has exactly one member; before it stands its length. */
function writeValue(job: JsonJob): boolean {
  const length = readVarint(job);
  const end = job.at + length;
  return length > 0 && writeMember(job) && job.at === end;
}

function writeMember(job: JsonJob): boolean {
  const { out } = job;
  switch (readVarint(job)) {
    case Kind.NULL:
      putPiece(out, NULL);
      return readVarint(job) === 0;
    case Kind.NUMBER: {
      const value = readDouble(job);
      putNumber(out, value);
      return Number.isFinite(value);
    }
    case Kind.STRING: {
      const length = readVarint(job);
      putString(out, job.bytes, job.at, job.at + length);
      job.at += length;
      return true;
    }
    case Kind.BOOL:
      putPiece(out, readVarint(job) === 0 && job.high === 0 ? FALSE : TRUE);
      return true;
    case Kind.STRUCT: {
      const length = readVarint(job);
      return writeStruct(job, job.at + length);
    }
    case Kind.LIST: {
      const length = readVarint(job);
      return writeListValue(job, job.at + length);
    }
    default:
      return false;
  }
}

function writeListValue(job: JsonJob, end: number): boolean {
  putChar(job.out, 0x5b);
  for (let more = false; takeTag(job, ITEM_TAG, end); more = true) {
    if (more) putChar(job.out, COMMA);
    if (!writeValue(job)) return false;
  }
  putChar(job.out, 0x5d);
  return job.at === end;
}

/** Writes an entry's key, which is empty when it is not there. False for a key that the map has already: its last value would count. */
function writeKey(job: JsonJob, base: number, entryEnd: number): boolean {
  const length = takeTag(job, KEY_TAG, entryEnd) ? readVarint(job) : 0;
  const start = job.at;
  job.at += length;
  if (job.at > entryEnd || isKnown(job, base, start, job.at)) return false;
  job.keys.push(start, job.at);
  putString(job.out, job.bytes, start, job.at);
  putChar(job.out, COLON);
  return true;
}

function isKnown({ keys, bytes }: JsonJob, base: number, start: number, end: number): boolean {
  if (keys.length - base >= KEYS_MAX * 2) return true;
  for (let i = base; i < keys.length; i += 2) {
    const knownStart = keys[i] ?? 0;
    let length = end - start;
    if ((keys[i + 1] ?? 0) - knownStart !== length) continue;
    while (length > 0 && bytes[start + length - 1] === bytes[knownStart + length - 1]) length--;
    if (length === 0) return true;
  }
  return false;
}
