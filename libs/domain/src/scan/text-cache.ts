/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie between `start` and `end`, within the bytes */
import { getTextEncoding } from "@bufbuild/protobuf/wire";

const TEXT_BYTES_MAX = 64;
const SLOTS = 256;

const decoder = getTextEncoding();
const texts: string[] = Array<string>(SLOTS).fill("");

/**
 * Makes a string of valid UTF-8. For texts that come again and again, such as types and namespaces: a short one of ASCII that came lately is found
 * by its bytes, at a fifth of what decoding costs. What is kept is bounded; a text takes the place of another.
 */
export function cachedText(bytes: Uint8Array, start: number, end: number): string {
  const size = end - start;
  if (size === 0) return "";
  if (size > TEXT_BYTES_MAX) return decoder.decodeUtf8(bytes.subarray(start, end));
  const slot = (size * 31 + bytes[start]! * 7 + bytes[start + (size >> 1)]! * 5 + bytes[end - 1]!) & (SLOTS - 1);
  const known = texts[slot]!;
  if (isSame(known, bytes, start, size)) return known;
  const text = decoder.decodeUtf8(bytes.subarray(start, end));
  texts[slot] = text;
  return text;
}

/** A text that is not ASCII has fewer characters than bytes, or others: it is never the same. */
function isSame(text: string, bytes: Uint8Array, start: number, size: number): boolean {
  if (text.length !== size) return false;
  for (let index = 0; index < size; index++) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}
