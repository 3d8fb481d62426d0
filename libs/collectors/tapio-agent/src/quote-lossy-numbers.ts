import { endOfJsonString } from "@tapio/domain";

const QUOTE = 0x22;
const MINUS = 0x2d;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
const LETTER_E = 0x65;
const UPPER_CASE = 0x20;

/** Fewer characters than these, and no exponent: always exact. */
const exactCharactersMax = 15;

/** As many digits in a row, or such an exponent, make a number that a double may not hold. */
const lossyDigitsMin = exactCharactersMax + 1;
const lossyExponentDigitsMin = 3;

const jsonNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

/**
 * Whether a JSON text in UTF-8 may have a number that a double cannot hold: only then is `quoteLossyNumbers` worth its price. In UTF-8 no
 * other character has a quote's byte or a backslash's.
 */
export function mayLosePrecision(json: Uint8Array): boolean {
  const { length } = json;
  let digitsMissing = lossyDigitsMin;
  for (let at = 0; at < length; at++) {
    const char = json[at] as number;
    if (char === QUOTE) {
      // A loop of its own here: most of a text's characters are in strings.
      for (at++; at < length && json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++;
      digitsMissing = lossyDigitsMin;
    } else if (char >= ZERO && char <= NINE) {
      if (--digitsMissing === 0) return true;
    } else if ((char | UPPER_CASE) === LETTER_E) {
      if (json[at + 1] === PLUS) at++;
      digitsMissing = lossyExponentDigitsMin;
    } else digitsMissing = lossyDigitsMin;
  }
  return false;
}

/**
 * Puts quotes around the numbers of a JSON text that a double cannot hold: integers beyond 2^53, and what is too large altogether. One pass
 * over the text, whatever it is; a text that is not JSON stays one that is not.
 */
export function quoteLossyNumbers(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfJsonString(text, at);
    else if (char === MINUS || isDigit(char)) {
      const end = endOfNumber(text, at);
      if (isLossy(text, at, end) && !isKey(text, end)) {
        parts.push(text.slice(copied, at), '"', text.slice(at, end), '"');
        copied = end;
      }
      at = end - 1;
    }
  }
  return copied === 0 ? text : parts.join("") + text.slice(copied);
}

function isDigit(char: number): boolean {
  return char >= 0x30 && char <= 0x39;
}

/** The end of the longest run of characters that numbers are made of. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && "0123456789.eE+-".includes(text.charAt(end))) end += 1;
  return end;
}

function isLossy(text: string, start: number, end: number): boolean {
  const token = text.slice(start, end);
  if (token.length <= exactCharactersMax && !/[eE]/.test(token)) return false;
  if (!jsonNumber.test(token)) return false;
  const value = Number(token);
  return !Number.isFinite(value) || (/^-?\d+$/.test(token) && !Number.isSafeInteger(value));
}

/** A number in a key's place is not JSON; quotes would make a key of it. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}
