const INITIAL_BYTES = 64 * 1024;
/** Room that is given back after one unusually large message. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024;
/** Up to here a loop beats the call into Node's UTF-8 writer. */
const LOOPED_LENGTH_MAX = 12;
/** A message up to this length has a length of one byte. */
const SHORT_MESSAGE_MAX = 127;
const TWO_POW_31 = 2 ** 31;
/** Enough for a tag and any scalar. */
const FIELD_BYTES_MAX = 20;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
const FIELD_1_TEXT = 0x0a;
const FIELD_2_MESSAGE = 0x12;

/**
 * A buffer under the hands of the functions below, which write the protobuf wire format
 * (https://protobuf.dev/programming-guides/encoding/). It is reused from message to message. Values that are proto3's defaults are
 * the caller's to leave out.
 */
export interface ProtobufWriter {
  buffer: Buffer;
  view: DataView;
  position: number;
}

export function createProtobufWriter(): ProtobufWriter {
  const buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  return { buffer, view: new DataView(buffer.buffer), position: 0 };
}

/** A copy of all that was written; the writer is empty after it. */
export function finishMessage(w: ProtobufWriter): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(w.buffer.subarray(0, w.position));
  clearWriter(w);
  return message;
}

/** Forgets what was written, so that the writer can be used again. */
export function clearWriter(w: ProtobufWriter): void {
  w.position = 0;
  if (w.buffer.length > KEPT_BYTES_MAX) replaceBuffer(w, INITIAL_BYTES);
}

/** An unsigned integer up to 2^53. */
export function writeUint(w: ProtobufWriter, field: number, value: number): void {
  putTag(w, field, VARINT);
  putVarint(w, value);
}

/** A safe integer, as int64. */
export function writeInt(w: ProtobufWriter, field: number, value: number): void {
  putTag(w, field, VARINT);
  if (value >= 0) {
    putVarint(w, value);
    return;
  }
  // Two's complement in 64 bits: always ten bytes.
  let rest = BigInt.asUintN(64, BigInt(value));
  for (let i = 0; i < 9; i++, rest >>= 7n) w.buffer[w.position++] = Number(rest & 0x7fn) | 0x80;
  w.buffer[w.position++] = Number(rest);
}

export function writeBool(w: ProtobufWriter, field: number, value: boolean): void {
  putTag(w, field, VARINT);
  w.buffer[w.position++] = value ? 1 : 0;
}

export function writeDouble(w: ProtobufWriter, field: number, value: number): void {
  putTag(w, field, FIXED64);
  w.view.setFloat64(w.position, value, true);
  w.position += 8;
}

export function writeFixed32(w: ProtobufWriter, field: number, value: number): void {
  putTag(w, field, FIXED32);
  w.view.setUint32(w.position, value, true);
  w.position += 4;
}

export function writeFixed64(w: ProtobufWriter, field: number, value: bigint): void {
  putTag(w, field, FIXED64);
  w.view.setBigUint64(w.position, value, true);
  w.position += 8;
}

export function writeString(w: ProtobufWriter, field: number, value: string): void {
  putTag(w, field, LENGTH_DELIMITED);
  reserve(w, value.length * 3 + FIELD_BYTES_MAX);
  const start = w.position + 1;
  const length = putText(w, start, value);
  w.position = start + length;
  putLengthBefore(w, start, length);
}

/** A bytes field, from an even number of lower-case hexadecimal digits. */
export function writeHex(w: ProtobufWriter, field: number, digits: string): void {
  putTag(w, field, LENGTH_DELIMITED);
  reserve(w, digits.length / 2 + FIELD_BYTES_MAX);
  putVarint(w, digits.length / 2);
  for (let i = 0; i < digits.length; i += 2) {
    w.buffer[w.position++] = (hexValue(digits.charCodeAt(i)) << 4) | hexValue(digits.charCodeAt(i + 1));
  }
}

/**
 * A message field that holds a text and a message that holds a text: `{1: key, 2: {1: value}}`, which is what most of an OTLP request
 * consists of. Gives false, having written nothing, when the texts are not short and ASCII.
 */
export function writeShortTextPair(w: ProtobufWriter, field: number, key: string, value: string): boolean {
  const length = key.length + value.length + 6;
  if (length > SHORT_MESSAGE_MAX) return false;
  const start = w.position;
  putTag(w, field, LENGTH_DELIMITED);
  reserve(w, length * 3 + FIELD_BYTES_MAX);
  const keyStart = w.position + 3;
  const valueStart = keyStart + key.length + 4;
  // As many bytes as characters: all of it is ASCII.
  if (putText(w, keyStart, key) !== key.length || putText(w, valueStart, value) !== value.length) {
    w.position = start;
    return false;
  }
  const { buffer } = w;
  buffer[keyStart - 3] = length;
  buffer[keyStart - 2] = FIELD_1_TEXT;
  buffer[keyStart - 1] = key.length;
  buffer[valueStart - 4] = FIELD_2_MESSAGE;
  buffer[valueStart - 3] = value.length + 2;
  buffer[valueStart - 2] = FIELD_1_TEXT;
  buffer[valueStart - 1] = value.length;
  w.position = valueStart + value.length;
  return true;
}

/** Begins a message field: what is written until `closeMessage(w, mark)` belongs to it. Gives the mark. */
export function openMessage(w: ProtobufWriter, field: number): number {
  putTag(w, field, LENGTH_DELIMITED);
  return ++w.position;
}

export function closeMessage(w: ProtobufWriter, mark: number): void {
  putLengthBefore(w, mark, w.position - mark);
}

/** Puts `length` before what begins at `start`, where one byte was left for it: almost every message is that short. */
function putLengthBefore(w: ProtobufWriter, start: number, length: number): void {
  if (length < 0x80) {
    w.buffer[start - 1] = length;
    return;
  }
  const extraBytes = varintBytes(length) - 1;
  reserve(w, extraBytes);
  w.buffer.copyWithin(start + extraBytes, start, w.position);
  w.position = start - 1;
  putVarint(w, length);
  w.position += length;
}

function putTag(w: ProtobufWriter, field: number, wireType: number): void {
  reserve(w, FIELD_BYTES_MAX);
  const tag = field * 8 + wireType;
  if (tag < 0x80) w.buffer[w.position++] = tag;
  else putVarint(w, tag);
}

/** Needs up to ten reserved bytes. */
function putVarint(w: ProtobufWriter, value: number): void {
  let rest = value;
  // Bit operations are for 32 bits; what exceeds them is divided.
  while (rest >= TWO_POW_31) {
    w.buffer[w.position++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    w.buffer[w.position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  w.buffer[w.position++] = rest;
}

/** Writes the text as UTF-8 at `start`, for which there is room, and gives its length in bytes. Lone surrogates become U+FFFD. */
function putText(w: ProtobufWriter, start: number, value: string): number {
  const { length } = value;
  if (length > LOOPED_LENGTH_MAX) return w.buffer.write(value, start, "utf8");
  const { buffer } = w;
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 0x7f) return buffer.write(value, start, "utf8");
    buffer[start + i] = unit;
  }
  return length;
}

function reserve(w: ProtobufWriter, bytes: number): void {
  if (w.position + bytes <= w.buffer.length) return;
  const written = w.buffer.subarray(0, w.position);
  replaceBuffer(w, Math.max(w.buffer.length * 2, w.position + bytes));
  w.buffer.set(written);
}

function replaceBuffer(w: ProtobufWriter, bytes: number): void {
  w.buffer = Buffer.allocUnsafeSlow(bytes);
  w.view = new DataView(w.buffer.buffer);
}

function varintBytes(value: number): number {
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Digits are 0x30 to 0x39, lower-case letters 0x61 to 0x66. */
function hexValue(code: number): number {
  return code <= 0x39 ? code - 0x30 : code - 0x57;
}
