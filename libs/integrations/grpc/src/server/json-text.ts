import { Code, ConnectError } from "@connectrpc/connect";

/** The least bytes per value that a request of the largest size may have on average; records have some 20 to 40. */
const BYTES_PER_VALUE_MIN = 16;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Decodes the bytes of JSON requests, which connect-es hands to `jsonOptions.textDecoder` where there is one (as of 2.2; its types do not
 * say so). Its own decoder lets broken UTF-8 pass as U+FFFD, and nothing bounds how many objects a text like `[0,0,0,…` becomes.
 */
export function createJsonTextDecoder(maxRequestBytes: number): { decode(bytes: Uint8Array): string } {
  const valuesMax = Math.ceil(maxRequestBytes / BYTES_PER_VALUE_MIN);
  return {
    decode(bytes) {
      const text = decodeUtf8(bytes);
      // Fewer bytes than values are allowed: nothing to count.
      if (bytes.byteLength > valuesMax && countValues(text) > valuesMax) {
        throw new ConnectError(`the request has more than ${valuesMax} JSON values; send fewer at a time`, Code.ResourceExhausted);
      }
      return text;
    },
  };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ConnectError("the request is not valid UTF-8, which JSON must be", Code.InvalidArgument);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/** An upper bound of the values in a JSON text: one, and one more for each comma and each opening bracket outside of strings. */
export function countValues(text: string): number {
  let count = 1;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === COMMA || char === OPEN_LIST || char === OPEN_OBJECT) count += 1;
  }
  return count;
}

/** The place of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
