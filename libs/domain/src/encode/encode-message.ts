import { Form, type EncodeFieldPlan, type EncodePlan } from "./encode-plan.ts";
import { encodeStruct } from "./encode-struct.ts";
import { beginLength, endLength, putDouble, putText, putVarint, type WireOutput } from "./wire-output.ts";

/** A message as protobuf-es has it. */
export interface LocalMessage {
  readonly $typeName: string;
  readonly [field: string]: unknown;
}

const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;
const SECONDS_TAG = 0x08;
const NANOS_TAG = 0x10;

/**
 * Appends a message's fields. False for what is unusual (fields of other builds, numbers below zero, values of a wrong type): what was
 * written is worthless then.
 */
export function encodeMessage(out: WireOutput, plan: EncodePlan, message: LocalMessage): boolean {
  if (message.$typeName !== plan.typeName || message["$unknown"] !== undefined) return false;
  const { fields } = plan;
  for (const field of fields) if (!encodeField(out, field, message[field.name])) return false;
  return true;
}

/** Appends a message after its tag and its length. False as in `encodeMessage`. */
export function encodeInner(out: WireOutput, tag: number, plan: EncodePlan | undefined, value: unknown): boolean {
  if (plan === undefined || !isObject(value)) return false;
  putVarint(out, tag);
  const mark = beginLength(out);
  if (!encodeMessage(out, plan, value as LocalMessage)) return false;
  endLength(out, mark);
  return true;
}

/** Defaults are left out. */
function encodeField(out: WireOutput, { form, tag, message }: EncodeFieldPlan, value: unknown): boolean {
  switch (form) {
    case Form.TEXT:
      return value === "" || encodeText(out, tag, value);
    case Form.UINT32:
    case Form.ENUM:
      return value === 0 || encodeWhole(out, tag, value);
    case Form.DOUBLE:
      if (typeof value !== "number") return false;
      if (Object.is(value, 0)) return true;
      putVarint(out, tag);
      putDouble(out, value);
      return true;
    case Form.MESSAGE:
      return value === undefined || encodeInner(out, tag, message, value);
    case Form.TIMESTAMP:
      return value === undefined || encodeTimestamp(out, tag, value);
    case Form.STRUCT:
      return value === undefined || encodeStruct(out, tag, value);
    case Form.TEXT_LIST:
      return encodeTextList(out, tag, value);
    case Form.MESSAGE_LIST:
      return encodeMessageList(out, tag, message, value);
    default:
      return isObject(value) && encodeTexts(out, tag, value);
  }
}

function encodeText(out: WireOutput, tag: number, value: unknown): boolean {
  if (typeof value !== "string") return false;
  putVarint(out, tag);
  putText(out, value);
  return true;
}

// Loops of their own, since a function that makes another one allocates at each call, whether it comes to that or not.

function encodeTextList(out: WireOutput, tag: number, list: unknown): boolean {
  if (!Array.isArray(list)) return false;
  for (const item of list as readonly unknown[]) if (!encodeText(out, tag, item)) return false;
  return true;
}

function encodeMessageList(out: WireOutput, tag: number, plan: EncodePlan | undefined, list: unknown): boolean {
  if (!Array.isArray(list)) return false;
  for (const item of list as readonly unknown[]) if (!encodeInner(out, tag, plan, item)) return false;
  return true;
}

/** Up to 2^31 - 1, which fits both an uint32 and an enum. */
function encodeWhole(out: WireOutput, tag: number, value: unknown): boolean {
  if (typeof value !== "number" || (value | 0) !== value || value < 0) return false;
  putVarint(out, tag);
  putVarint(out, value);
  return true;
}

function encodeTimestamp(out: WireOutput, tag: number, value: unknown): boolean {
  if (!isObject(value) || value["$typeName"] !== "google.protobuf.Timestamp" || value["$unknown"] !== undefined) return false;
  const { seconds, nanos } = value;
  const wholeSeconds = typeof seconds === "bigint" ? Number(seconds) : -1;
  if (wholeSeconds < 0 || wholeSeconds > Number.MAX_SAFE_INTEGER) return false;
  putVarint(out, tag);
  const mark = beginLength(out);
  if (wholeSeconds > 0) {
    putVarint(out, SECONDS_TAG);
    putVarint(out, wholeSeconds);
  }
  if (nanos !== 0 && !encodeWhole(out, NANOS_TAG, nanos)) return false;
  endLength(out, mark);
  return true;
}

function encodeTexts(out: WireOutput, tag: number, map: { readonly [key: string]: unknown }): boolean {
  for (const key of Object.keys(map)) {
    putVarint(out, tag);
    const mark = beginLength(out);
    encodeText(out, KEY_TAG, key);
    if (!encodeText(out, VALUE_TAG, map[key])) return false;
    endLength(out, mark);
  }
  return true;
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}
