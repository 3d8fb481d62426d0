import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** One field on the wire, to be taken apart and put together again, also wrongly. */
export interface WireField {
  number: number;
  wireType: number;
  /** What follows the tag, and the length where there is one: bytes as they are, or the fields of a message. */
  content: Uint8Array | WireField[];
  /** Bytes by which the tag and the length are longer than they need to be. */
  tagPadding: number;
  lengthPadding: number;
}

export function wireField(number: number, wireType: number, content: Uint8Array | WireField[]): WireField {
  return { number, wireType, content, tagPadding: 0, lengthPadding: 0 };
}

/** Takes a sound message apart, with all messages in it. */
export function wireTree(desc: DescMessage, bytes: Uint8Array): WireField[] {
  return parse(bytes, (number) => desc.fields.find((field) => field.number === number));
}

function parse(bytes: Uint8Array, fieldOf: (number: number) => DescField | undefined): WireField[] {
  const fields: WireField[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = Number(varintAt(bytes, at));
    at = afterVarint(bytes, at);
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    if (wireType === 2) {
      const length = Number(varintAt(bytes, at));
      at = afterVarint(bytes, at);
      fields.push(wireField(number, wireType, contentOf(bytes.subarray(at, at + length), fieldOf(number))));
      at += length;
      continue;
    }
    const end = wireType === 0 ? afterVarint(bytes, at) : at + (wireType === 1 ? 8 : 4);
    fields.push(wireField(number, wireType, bytes.slice(at, end)));
    at = end;
  }
  return fields;
}

function contentOf(bytes: Uint8Array, field: DescField | undefined): Uint8Array | WireField[] {
  if (field === undefined) return bytes.slice();
  if (field.fieldKind !== "map") return field.message === undefined ? bytes.slice() : wireTree(field.message, bytes);
  const { message } = field;
  return parse(bytes, (number) => (number === 2 && message !== undefined ? ({ fieldKind: "message", message } as DescField) : undefined));
}

export function encodeTree(fields: readonly WireField[]): Uint8Array {
  const out: number[] = [];
  write(fields, out);
  return Uint8Array.from(out);
}

function write(fields: readonly WireField[], out: number[]): void {
  for (const { number, wireType, content, tagPadding, lengthPadding } of fields) {
    out.push(...varint(BigInt(number) * 8n + BigInt(wireType), tagPadding));
    const bytes = content instanceof Uint8Array ? content : encodeTree(content);
    if (wireType === 2) out.push(...varint(BigInt(bytes.length), lengthPadding));
    for (const byte of bytes) out.push(byte);
  }
}

/** A varint, with `padding` bytes more than it needs. */
export function varint(value: bigint, padding = 0): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  for (let more = 0; more < padding; more++) {
    bytes.push((bytes.pop() ?? 0) | 0x80, 0);
  }
  return bytes;
}

function varintAt(bytes: Uint8Array, start: number): bigint {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length; at++, shift += 7n) {
    value |= BigInt((bytes[at] ?? 0) & 0x7f) << shift;
    if ((bytes[at] ?? 0) < 0x80) break;
  }
  return value;
}

function afterVarint(bytes: Uint8Array, start: number): number {
  let at = start;
  while (((bytes[at] ?? 0) & 0x80) !== 0) at++;
  return at + 1;
}
