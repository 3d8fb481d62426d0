/* eslint-disable @typescript-eslint/no-non-null-assertion -- reads lie between `start` and `end`, within the bytes; a check of each would cost the hot loop */
/**
 * Whether the bytes from `start` to `end` (excluded) are well-formed UTF-8 (Unicode 17, table 3-7): no overlong forms, no
 * surrogates, nothing above U+10FFFF.
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  // Four at a time: nearly all text of records is ASCII.
  for (const last = end - 3; at < last; at += 4) {
    if ((bytes[at]! | bytes[at + 1]! | bytes[at + 2]! | bytes[at + 3]!) > 0x7f) return isMultibyte(bytes, at, end);
  }
  for (; at < end; at++) {
    if (bytes[at]! > 0x7f) return isMultibyte(bytes, at, end);
  }
  return true;
}

function isMultibyte(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const lead = bytes[at++]!;
    if (lead < 0x80) continue;
    let more: number;
    let low = 0x80;
    let high = 0xbf;
    if (lead < 0xc2) return false;
    else if (lead < 0xe0) more = 1;
    else if (lead < 0xf0) {
      more = 2;
      if (lead === 0xe0) low = 0xa0;
      else if (lead === 0xed) high = 0x9f;
    } else if (lead < 0xf5) {
      more = 3;
      if (lead === 0xf0) low = 0x90;
      else if (lead === 0xf4) high = 0x8f;
    } else return false;
    if (at + more > end) return false;
    // Only the second byte has narrower bounds.
    const second = bytes[at++]!;
    if (second < low || second > high) return false;
    for (; more > 1; more--) {
      if ((bytes[at++]! & 0xc0) !== 0x80) return false;
    }
  }
  return true;
}
