/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads past the array give undefined, which equals no character */
import { createWireCursor, openBytes, readVarint, type WireCursor } from "../wire/wire-cursor.ts";

/** A place in an encoded record. */
export interface RecordCursor extends WireCursor {
  /** False when the bytes have a form that is left to protobuf-es. What was read is worthless then. */
  isUsual: boolean;
}

/** Longer texts (ids, messages) are rarely the same twice. */
const KNOWN_BYTES_MAX = 32;
const KNOWN_SLOTS = 2048;

/** The last short texts, each in the slot that its bytes give it: most of a record's are names and kinds that come again and again. */
const known = new Array<string>(KNOWN_SLOTS).fill("");
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function createRecordCursor(): RecordCursor {
  return { ...createWireCursor(), isUsual: true };
}

/** Begins to read a record. */
export function openRecord(cursor: RecordCursor, bytes: Uint8Array): void {
  openBytes(cursor, bytes);
  cursor.isUsual = true;
}

/** Ends all reading, since the bytes are left to protobuf-es. */
export function leave(cursor: RecordCursor): void {
  cursor.isUsual = false;
  cursor.at = Infinity;
}

/** Where the message ends whose length comes next. `earlier` is what the field held so far: a second one would have to be merged. */
export function beginMessage(cursor: RecordCursor, earlier?: object): number {
  const length = readVarint(cursor);
  if (earlier !== undefined) leave(cursor);
  return cursor.at + length;
}

/** The message is read; it must have ended where its length said. */
export function endMessage(cursor: RecordCursor, end: number): void {
  if (cursor.at !== end) leave(cursor);
}

/** An enum's value, whether it has a name or not: proto3's enums are open. */
export function readEnum<Value extends number>(cursor: RecordCursor): Value {
  return (readVarint(cursor) | 0) as Value;
}

/** @throws TypeError for what is not UTF-8 */
export function readText(cursor: RecordCursor): string {
  const length = readVarint(cursor);
  const start = cursor.at;
  const end = start + length;
  cursor.at = end;
  const { bytes } = cursor;
  if (length > KNOWN_BYTES_MAX) return decoder.decode(bytes.subarray(start, end));
  let hash = length;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
  const slot = (hash ^ (hash >>> 15)) & (KNOWN_SLOTS - 1);
  const text = known[slot]!;
  return isText(text, bytes, start, length) ? text : (known[slot] = decoder.decode(bytes.subarray(start, end)));
}

/** Whether the bytes are this text, all of it in ASCII. */
function isText(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i] || bytes[start + i]! > 0x7f) return false;
  return true;
}
