import { getTextEncoding } from "@bufbuild/protobuf/wire";
import type { FieldTable, MessageTable } from "./message-table.ts";
import { newScanState, REFUSED } from "./scan-state.ts";
import type { ScanState } from "./scan-state.ts";
import { readLength, readVarint, skipValue } from "./wire.ts";

// The slow path: it runs once per refused record, so it may allocate and read again.

const KEY_CHARACTERS_MAX = 64;

/** Puts the field into the path of a refusal, e.g. `evidence[2]`, `labels["team"]`. `messageStart` is where its message begins. */
export function locate(state: ScanState, table: MessageTable, field: FieldTable, messageStart: number, fieldStart: number): number {
  // An entry is named by its map's key, which its map puts there.
  if (table.entry) return REFUSED;
  if (field.singular) state.path.push(field.name);
  else if (field.message?.entry === true) state.path.push(`${field.name}${keyOf(state.bytes, fieldStart)}`);
  else state.path.push(`${field.name}[${countBefore(state.bytes, messageStart, fieldStart)}]`);
  return REFUSED;
}

/** How often the field at `fieldStart` came before, in the message that begins at `messageStart`. All before it is sound. */
function countBefore(bytes: Uint8Array, messageStart: number, fieldStart: number): number {
  const state = newScanState(bytes);
  const end = bytes.length;
  readVarint(state, fieldStart, end);
  const wanted = state.low >>> 3;
  let count = 0;
  for (let at = messageStart; at < fieldStart;) {
    at = readVarint(state, at, end);
    const tag = state.low;
    if (tag >>> 3 === wanted) count++;
    at = skipValue(state, tag & 7, at, end);
  }
  return count;
}

/** The key of a map's entry as `["team"]`; empty where it cannot be read. */
function keyOf(bytes: Uint8Array, fieldStart: number): string {
  const state = newScanState(bytes);
  let at = readLength(state, readVarint(state, fieldStart, bytes.length), bytes.length);
  const end = at + state.low;
  while (at !== REFUSED && at < end) {
    at = readVarint(state, at, end);
    const tag = state.low;
    if (tag >>> 3 === 1 && (tag & 7) === 2) {
      const start = readLength(state, at, end);
      return start === REFUSED ? "" : `[${quoted(bytes, start, start + state.low)}]`;
    }
    if (at !== REFUSED) at = skipValue(state, tag & 7, at, end);
  }
  return "";
}

export function notAllowedReason(bytes: Uint8Array, start: number, end: number, expected: string): string {
  return start === end ? `is missing or empty; it must be ${expected}` : `is ${quoted(bytes, start, end)}; it must be ${expected}`;
}

/** The text in JSON quotes, shortened. */
function quoted(bytes: Uint8Array, start: number, end: number): string {
  const whole = getTextEncoding().decodeUtf8(bytes.subarray(start, Math.min(end, start + 4 * KEY_CHARACTERS_MAX)));
  const characters = Array.from(whole);
  return JSON.stringify(characters.length > KEY_CHARACTERS_MAX ? `${characters.slice(0, KEY_CHARACTERS_MAX).join("")}...` : whole);
}
