/** How much memory is taken at a time. */
const SLAB_BYTES = 32 * 1024;
/** Longer texts are encoded natively; shorter ones are written before a call would have begun. */
const LOOPED_LENGTH_MAX = 64;
const UTF8_BYTES_MAX = 3;
const VARINT_BYTES_MAX = 10;
const DOUBLE_BYTES = 8;
const TWO_POW_31 = 0x80000000;

/**
 * Messages in protobuf's encoding in the making, one after the other in the same memory: an allocation for each would be freed by full
 * garbage collections alone. The functions below append to it.
 */
export interface WireOutput {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  /** Where the message begins that is being written. */
  start: number;
  at: number;
}

export function createWireOutput(): WireOutput {
  const bytes = new Uint8Array(SLAB_BYTES);
  return { bytes, view: new DataView(bytes.buffer), start: 0, at: 0 };
}

/** What was written since the last time; nobody writes there any more. */
export function takeWritten(out: WireOutput): Uint8Array<ArrayBuffer> {
  const { bytes, start, at } = out;
  out.start = at;
  if (bytes.length === SLAB_BYTES) return bytes.subarray(start, at);
  // Memory that grew for one large message would be kept as a whole by the small ones after it.
  moveTo(out, SLAB_BYTES);
  return bytes.slice(start, at);
}

/** Drops what was written since the last time. */
export function dropWritten(out: WireOutput): void {
  out.at = out.start;
}

/** Appends a whole number from 0 to 2^53. */
export function putVarint(out: WireOutput, value: number): void {
  // Tags and most lengths.
  if (value < 0x80 && out.at < out.bytes.length) out.bytes[out.at++] = value;
  else putLongVarint(out, value);
}

function putLongVarint(out: WireOutput, value: number): void {
  reserve(out, VARINT_BYTES_MAX);
  const { bytes } = out;
  let { at } = out;
  let rest = value;
  // Bit operations are for 32 bits; what exceeds them is divided.
  while (rest >= TWO_POW_31) {
    bytes[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  out.at = at;
}

export function putDouble(out: WireOutput, value: number): void {
  reserve(out, DOUBLE_BYTES);
  out.view.setFloat64(out.at, value, true);
  out.at += DOUBLE_BYTES;
}

/** Appends a text after its length. Halves of surrogate pairs become U+FFFD. */
export function putText(out: WireOutput, text: string): void {
  const { length } = text;
  reserve(out, length * UTF8_BYTES_MAX + VARINT_BYTES_MAX);
  const mark = beginLength(out);
  const { bytes } = out; // there is room: it is not moved any more
  if (length <= LOOPED_LENGTH_MAX) {
    let { at } = out;
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      bytes[at++] = unit;
    }
    if (i === length) {
      bytes[out.at - 1] = length;
      out.at = at;
      return;
    }
  }
  out.at += encoder.encodeInto(text, bytes.subarray(out.at)).written;
  endLength(out, mark);
}

/** Leaves room for the length of what comes; the place is for `endLength`. */
export function beginLength(out: WireOutput): number {
  reserve(out, 1);
  return out.at++ - out.start;
}

/** Puts in the length of all that came since `beginLength`. */
export function endLength(out: WireOutput, mark: number): void {
  const lengthAt = out.start + mark;
  const length = out.at - lengthAt - 1;
  if (length < 0x80) {
    out.bytes[lengthAt] = length;
    return;
  }
  const more = moreLengthBytes(length);
  reserve(out, more + VARINT_BYTES_MAX);
  const from = out.start + mark + 1;
  out.bytes.copyWithin(from + more, from, out.at);
  out.at = from - 1;
  putVarint(out, length);
  out.at += length;
}

/** Bytes of a length beyond the first. */
function moreLengthBytes(length: number): number {
  let more = 0;
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) more++;
  return more;
}

function reserve(out: WireOutput, bytes: number): void {
  if (out.at + bytes > out.bytes.length) moveTo(out, Math.max(SLAB_BYTES, (out.at - out.start) * 2 + bytes));
}

/** Goes on in other memory, with what was written of the present message. */
function moveTo(out: WireOutput, size: number): void {
  const grown = new Uint8Array(size);
  grown.set(out.bytes.subarray(out.start, out.at));
  out.bytes = grown;
  out.view = new DataView(grown.buffer);
  out.at -= out.start;
  out.start = 0;
}

const encoder = new TextEncoder();
