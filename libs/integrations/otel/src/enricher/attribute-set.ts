import { LIMITS } from "../core/limits.ts";
import type { Attribute } from "../core/types.ts";

/** Attributes in the making, under a bound; what does not fit is counted. */
export interface AttributeSet {
  readonly attributes: Attribute[];
  readonly max: number;
  droppedCount: number;
}

export function createAttributeSet(max: number = LIMITS.spanAttributesMax): AttributeSet {
  return { attributes: [], max, droppedCount: 0 };
}

/** Leaves empty strings out: proto3 cannot tell them from absent ones. */
export function putString(set: AttributeSet, key: string, value: string): void {
  if (value !== "") put(set, { key, type: "string", value: truncate(value) });
}

export function putBool(set: AttributeSet, key: string, value: boolean): void {
  put(set, { key, type: "bool", value });
}

export function putDouble(set: AttributeSet, key: string, value: number): void {
  put(set, { key, type: "double", value });
}

/** A safe integer becomes an int, any other number a double. */
export function putNumber(set: AttributeSet, key: string, value: number): void {
  put(set, { key, type: Number.isSafeInteger(value) ? "int" : "double", value });
}

/** Cuts the array and its strings to their limits; leaves empty arrays out. */
export function putArray(set: AttributeSet, key: string, values: readonly string[] | readonly number[] | readonly boolean[]): void {
  if (values.length === 0) return;
  const kept = values.length > LIMITS.arrayItemsMax ? values.slice(0, LIMITS.arrayItemsMax) : values;
  put(set, { key, type: "array", value: isStrings(kept) ? kept.map(truncate) : kept });
}

export function has(set: AttributeSet, key: string): boolean {
  return set.attributes.some((attribute) => attribute.key === key);
}

/** Cuts to the limit, and not through the middle of a surrogate pair. */
export function truncate(value: string): string {
  if (value.length <= LIMITS.valueLengthMax) return value;
  const last = value.charCodeAt(LIMITS.valueLengthMax - 1);
  const cutsPair = last >= 0xd800 && last <= 0xdbff;
  return value.slice(0, LIMITS.valueLengthMax - (cutsPair ? 1 : 0));
}

function put(set: AttributeSet, attribute: Attribute): void {
  if (set.attributes.length >= set.max || attribute.key.length > LIMITS.keyLengthMax) set.droppedCount++;
  else set.attributes.push(attribute);
}

function isStrings(values: readonly string[] | readonly number[] | readonly boolean[]): values is readonly string[] {
  return typeof values[0] === "string";
}
