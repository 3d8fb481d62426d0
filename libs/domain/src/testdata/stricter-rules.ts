import { ScalarType } from "@bufbuild/protobuf";
import type { DescField, DescMessage } from "@bufbuild/protobuf";

/**
 * What the scan refuses although protobuf-es decodes it and protovalidate accepts it, each with its reason. This is the plain
 * reading of the wire format that the scan is held against: it shares no code with it, and is as slow as it is simple.
 */
export const stricterRules = {
  repeated: "a singular field, a map entry's key or value, or a oneof that comes twice: readers keep the first, the last or a mixture",
  wireType: "a known field with another wire type than its own: other readers skip it as unknown, protobuf-es reads on as if it were right",
  bounds: "a value that reaches past the end of its message: other readers refuse it, protobuf-es reads the neighbour's bytes",
  group: "a group: proto3 has none, and many readers refuse it",
  varint: "a number of more than 64 bits: other readers refuse it, protobuf-es drops what is too much",
  timestamp: "a Timestamp outside of the years 1 to 9999 or with other than 0 to 999,999,999 ns: it has no JSON form",
  finite: "a Value whose number is NaN or infinite: it has no JSON form",
  valueKind: "a Value that is nothing at all, not even null: it has no JSON form",
} as const;

export type StricterRule = keyof typeof stricterRules;

/** The first of the rules that the bytes break. `undefined` for bytes that break none, and for those that no reader could read on from. */
export function brokenRule(desc: DescMessage, bytes: Uint8Array): StricterRule | undefined {
  try {
    readMessage(desc, bytes);
    return undefined;
  } catch (reason) {
    if (reason instanceof Broken) return reason.rule;
    throw reason;
  }
}

class Broken extends Error {
  readonly rule: StricterRule | undefined;

  constructor(rule: StricterRule | undefined) {
    super(rule ?? "unreadable");
    this.rule = rule;
  }
}

interface Read {
  readonly number: number;
  readonly wireType: number;
  readonly value: bigint;
  readonly content: Uint8Array;
}

/** The message's fields one after the other. Lazy, so that what is nested is judged before what follows. */
function* readFields(bytes: Uint8Array): Generator<Read> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Broken("bounds");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (value >= 2n ** 64n) break;
      return value;
    }
    throw new Broken("varint");
  };
  const take = (length: bigint): Uint8Array => {
    if (BigInt(at) + length > BigInt(bytes.length)) throw new Broken("bounds");
    at += Number(length);
    return bytes.subarray(at - Number(length), at);
  };
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    if (tag >= 2n ** 32n || at - start > 5 || tag < 8n) throw new Broken(undefined);
    const wireType = Number(tag % 8n);
    const read = { number: Number(tag / 8n), wireType, value: 0n, content: new Uint8Array(0) };
    if (wireType === 0) yield { ...read, value: varint() };
    else if (wireType === 1 || wireType === 5) yield { ...read, content: take(wireType === 1 ? 8n : 4n) };
    else if (wireType === 2) yield { ...read, content: take(varint()) };
    else throw new Broken(wireType < 5 ? "group" : undefined);
  }
}

function readMessage(desc: DescMessage, bytes: Uint8Array): void {
  const seen = new Set<string>();
  for (const read of readFields(bytes)) {
    const field = desc.fields.find((candidate) => candidate.number === read.number);
    if (field === undefined) continue;
    if (field.fieldKind !== "list" && field.fieldKind !== "map") once(seen, field.oneof?.name ?? field.name);
    readField(field, read);
  }
  if (desc.typeName === "google.protobuf.Value" && seen.size === 0) throw new Broken("valueKind");
}

function readField(field: DescField, read: Read): void {
  if (read.wireType !== wireTypeOf(field)) throw new Broken("wireType");
  if (field.fieldKind === "map") readEntry(field, read.content);
  else if (field.message !== undefined) readMessage(field.message, read.content);
  const name = `${field.parent.typeName}.${field.name}`;
  const seconds = BigInt.asIntN(64, read.value);
  const nanos = BigInt.asIntN(32, read.value);
  if (name === "google.protobuf.Timestamp.seconds" && (seconds < -62_135_596_800n || seconds >= 253_402_300_800n))
    throw new Broken("timestamp");
  if (name === "google.protobuf.Timestamp.nanos" && (nanos < 0n || nanos >= 1_000_000_000n)) throw new Broken("timestamp");
  if (name === "google.protobuf.Value.number_value" && !Number.isFinite(new DataView(read.content.slice().buffer).getFloat64(0, true))) {
    throw new Broken("finite");
  }
}

function readEntry(field: DescField & { fieldKind: "map" }, bytes: Uint8Array): void {
  const seen = new Set<string>();
  for (const { number, wireType, content } of readFields(bytes)) {
    if (number > 2) continue;
    once(seen, String(number));
    if (wireType !== 2) throw new Broken("wireType"); // keys are texts, values texts or messages
    if (number === 2 && field.message !== undefined) readMessage(field.message, content);
  }
}

function once(seen: Set<string>, name: string): void {
  if (seen.has(name)) throw new Broken("repeated");
  seen.add(name);
}

function wireTypeOf(field: DescField): number {
  if (field.fieldKind === "map" || field.message !== undefined) return 2;
  if (field.fieldKind === "enum" || (field.fieldKind === "list" && field.listKind === "enum")) return 0;
  if (field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES) return 2;
  if (field.scalar === ScalarType.DOUBLE) return 1;
  return 0;
}
