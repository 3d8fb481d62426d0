import { getTextEncoding } from "@bufbuild/protobuf/wire";

/** Where there is Node's Buffer: half the price of a TextDecoder for short texts. Its types leave it out (https://github.com/nodejs/node/blob/main/lib/internal/buffer.js). */
type Latin1Slice = (this: Uint8Array, start: number, end: number) => string;
const node = globalThis as { readonly Buffer?: { readonly prototype: { readonly latin1Slice?: Latin1Slice } } };
const latin1Slice = node.Buffer?.prototype.latin1Slice;

const decoder = getTextEncoding();

/** The bytes from `start` to `end` (excluded) as text; they are ASCII. */
export const asciiText: (bytes: Uint8Array, start: number, end: number) => string =
  latin1Slice === undefined
    ? (bytes, start, end) => decoder.decodeUtf8(bytes.subarray(start, end))
    : (bytes, start, end) => latin1Slice.call(bytes, start, end);
