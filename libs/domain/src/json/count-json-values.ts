const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * An upper bound of the values in a JSON text: one, and one more for each comma and each opening bracket outside of strings. To be asked
 * before `JSON.parse`, which makes objects of many times the size of a text like `[{},{},…`.
 */
export function countJsonValues(text: string): number {
  let count = 1;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfJsonString(text, at);
    else if (char === COMMA || char === OPEN_LIST || char === OPEN_OBJECT) count += 1;
  }
  return count;
}

/** The place of the quote that ends the string whose first quote is at `start`; the text's length where none does. */
export function endOfJsonString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
