import { beginLength, endLength, putDouble, putText, putVarint, type WireOutput } from "./wire-output.ts";

const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;
/** Of `google.protobuf.Struct.fields` and of `ListValue.values`. */
const ITEM_TAG = 0x0a;
/** Of the members of `google.protobuf.Value`. */
const Kind = { NULL: 0x08, NUMBER: 0x11, STRING: 0x1a, BOOL: 0x20, STRUCT: 0x2a, LIST: 0x32 } as const;

/** Appends JSON's object as a `google.protobuf.Struct` after its tag and its length. False for what is no JSON, as in `encodeMessage`. */
export function encodeStruct(out: WireOutput, tag: number, object: unknown): boolean {
  if (typeof object !== "object" || object === null || Array.isArray(object)) return false;
  putVarint(out, tag);
  const mark = beginLength(out);
  for (const key of Object.keys(object)) {
    putVarint(out, ITEM_TAG);
    const entry = beginLength(out);
    putVarint(out, KEY_TAG);
    putText(out, key);
    if (!encodeValue(out, VALUE_TAG, (object as { readonly [key: string]: unknown })[key])) return false;
    endLength(out, entry);
  }
  endLength(out, mark);
  return true;
}

/** Unlike a field, a member of a oneof is written when it is a default, too. */
function encodeValue(out: WireOutput, tag: number, value: unknown): boolean {
  putVarint(out, tag);
  const mark = beginLength(out);
  switch (typeof value) {
    case "string":
      putVarint(out, Kind.STRING);
      putText(out, value);
      break;
    case "number":
      putVarint(out, Kind.NUMBER);
      putDouble(out, value);
      break;
    case "boolean":
      putVarint(out, Kind.BOOL);
      putVarint(out, value ? 1 : 0);
      break;
    default:
      if (!encodeObject(out, value)) return false;
  }
  endLength(out, mark);
  return true;
}

function encodeObject(out: WireOutput, value: unknown): boolean {
  if (Array.isArray(value)) return encodeList(out, value);
  if (value !== null) return encodeStruct(out, Kind.STRUCT, value);
  putVarint(out, Kind.NULL);
  putVarint(out, 0);
  return true;
}

function encodeList(out: WireOutput, list: readonly unknown[]): boolean {
  putVarint(out, Kind.LIST);
  const mark = beginLength(out);
  for (const item of list) if (!encodeValue(out, ITEM_TAG, item)) return false;
  endLength(out, mark);
  return true;
}
