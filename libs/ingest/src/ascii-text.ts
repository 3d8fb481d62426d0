/** Half the price of a TextDecoder for short texts; Node's types leave it out (https://github.com/nodejs/node/blob/main/lib/internal/buffer.js). */
const { latin1Slice } = Buffer.prototype as unknown as { latin1Slice(this: Uint8Array, start: number, end: number): string };

/** The bytes from `start` to `end` (excluded) as text; they are ASCII. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end);
}
