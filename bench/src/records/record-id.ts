/** Characters of every id that the benchmark makes, as long as a UUID's. */
export const ID_LENGTH = 36;

const PREFIX_LENGTH = 12;
const COUNTER_LENGTH = 10;

// The ids of one load: `<prefix>-<counter>-<milliseconds since 1970 of the sending>`. A receiver can tell from an id alone which record it is and for
// how long that was under way.

/** The unchanging start of a load's ids: `name` cut or padded, and a dash. */
export function idPrefix(name: string): string {
  return `${name.slice(0, PREFIX_LENGTH - 1).padEnd(PREFIX_LENGTH - 1, "0")}-`;
}

/** Writes the digits of an id whose prefix stands at `at` already, in ASCII. */
export function writeId(bytes: Uint8Array, at: number, counter: number, sentAtMs: number): void {
  writeDigits(bytes, at + PREFIX_LENGTH, COUNTER_LENGTH, counter);
  bytes[at + PREFIX_LENGTH + COUNTER_LENGTH] = 0x2d;
  writeDigits(bytes, at + PREFIX_LENGTH + COUNTER_LENGTH + 1, ID_LENGTH - PREFIX_LENGTH - COUNTER_LENGTH - 1, sentAtMs);
}

/** Which record of its load an id is; `undefined` for one that is not of this prefix. */
export function readCounter(id: string, prefix: string): number | undefined {
  if (id.length !== ID_LENGTH || !id.startsWith(prefix)) return undefined;
  return readDigits(id, PREFIX_LENGTH, PREFIX_LENGTH + COUNTER_LENGTH);
}

/** When an id that has a number was sent, in milliseconds since 1970. */
export function readSentAtMs(id: string): number {
  return readDigits(id, PREFIX_LENGTH + COUNTER_LENGTH + 1, ID_LENGTH);
}

/** Without a text of its own, and in integers: what counts records must not cost as much as what brings them. */
function readDigits(text: string, from: number, end: number): number {
  const middle = Math.max(from, end - 9);
  return readUpToNine(text, from, middle) * 1e9 + readUpToNine(text, middle, end);
}

function readUpToNine(text: string, from: number, end: number): number {
  let value = 0;
  for (let at = from; at < end; at++) value = (value * 10 + text.charCodeAt(at) - 0x30) | 0;
  return value;
}

function writeDigits(bytes: Uint8Array, at: number, digits: number, value: number): void {
  let left = value;
  for (let place = at + digits - 1; place >= at; place--) {
    bytes[place] = 0x30 + (left % 10);
    left = Math.floor(left / 10);
  }
}
