import { LIMITS } from "../core/limits.ts";
import { closeMessage, openMessage, writeBool, writeDouble, writeInt, writeShortTextPair, writeString } from "../wire/protobuf-writer.ts";
import type { ProtobufWriter } from "../wire/protobuf-writer.ts";

/**
 * The attributes of one span, link or span event, under a bound; what does not fit is counted. They are written as they come, since a
 * span has some 25 of them, which as objects would cost more than their bytes.
 */
export interface AttributeSet {
  readonly writer: ProtobufWriter;
  /** The number of the message's `attributes` field. */
  readonly field: number;
  readonly max: number;
  /** Of what was written. */
  readonly keys: string[];
  droppedCount: number;
}

export function createAttributeSet(writer: ProtobufWriter, field: number, max: number = LIMITS.spanAttributesMax): AttributeSet {
  return { writer, field, max, keys: [], droppedCount: 0 };
}

/** Leaves empty strings out: proto3 cannot tell them from absent ones. */
export function putString(set: AttributeSet, key: string, value: string): void {
  if (value !== "" && makeRoom(set, key)) writeTextAttribute(set.writer, set.field, key, truncate(value));
}

/** A `KeyValue` of a text, as it is. */
export function writeTextAttribute(writer: ProtobufWriter, field: number, key: string, value: string): void {
  if (writeShortTextPair(writer, field, key, value)) return;
  const keyValue = openMessage(writer, field);
  writeString(writer, 1, key);
  const anyValue = openMessage(writer, 2);
  writeString(writer, 1, value);
  closeMessage(writer, anyValue);
  closeMessage(writer, keyValue);
}

export function putBool(set: AttributeSet, key: string, value: boolean): void {
  if (makeRoom(set, key)) writeKeyValue(set, key, () => writeBool(set.writer, 2, value));
}

export function putDouble(set: AttributeSet, key: string, value: number): void {
  if (makeRoom(set, key)) writeKeyValue(set, key, () => writeDouble(set.writer, 4, value));
}

/** A safe integer becomes an int, any other number a double. */
export function putNumber(set: AttributeSet, key: string, value: number): void {
  if (!Number.isSafeInteger(value)) putDouble(set, key, value);
  else if (makeRoom(set, key)) writeKeyValue(set, key, () => writeInt(set.writer, 3, value));
}

/** Cuts the array and its strings to their limits; leaves empty arrays out. Items are of one type. */
export function putArray(set: AttributeSet, key: string, values: readonly string[] | readonly number[] | readonly boolean[]): void {
  if (values.length === 0 || !makeRoom(set, key)) return;
  const kept = values.length > LIMITS.arrayItemsMax ? values.slice(0, LIMITS.arrayItemsMax) : values;
  const { writer } = set;
  writeKeyValue(set, key, () => {
    const array = openMessage(writer, 5);
    const asInts = kept.every((item) => Number.isSafeInteger(item));
    for (const item of kept) writeItem(writer, item, asInts);
    closeMessage(writer, array);
  });
}

export function has(set: AttributeSet, key: string): boolean {
  return set.keys.includes(key);
}

/** Cuts to the limit, and not through the middle of a surrogate pair. */
export function truncate(value: string): string {
  if (value.length <= LIMITS.valueLengthMax) return value;
  const last = value.charCodeAt(LIMITS.valueLengthMax - 1);
  const cutsPair = last >= 0xd800 && last <= 0xdbff;
  return value.slice(0, LIMITS.valueLengthMax - (cutsPair ? 1 : 0));
}

/** Whether the attribute is written; otherwise it is counted as dropped. */
function makeRoom(set: AttributeSet, key: string): boolean {
  if (set.keys.length >= set.max || key.length > LIMITS.keyLengthMax) {
    set.droppedCount++;
    return false;
  }
  set.keys.push(key);
  return true;
}

/** `value` writes one field of AnyValue. They are a oneof: one that holds a default is written too. */
function writeKeyValue({ writer, field }: AttributeSet, key: string, value: () => void): void {
  const keyValue = openMessage(writer, field);
  writeString(writer, 1, key);
  const anyValue = openMessage(writer, 2);
  value();
  closeMessage(writer, anyValue);
  closeMessage(writer, keyValue);
}

function writeItem(writer: ProtobufWriter, item: string | number | boolean, asInt: boolean): void {
  const anyValue = openMessage(writer, 1);
  if (typeof item === "string") writeString(writer, 1, truncate(item));
  else if (typeof item === "boolean") writeBool(writer, 2, item);
  else if (asInt) writeInt(writer, 3, item);
  else writeDouble(writer, 4, item);
  closeMessage(writer, anyValue);
}
