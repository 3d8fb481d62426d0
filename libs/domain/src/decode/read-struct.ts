import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { readDouble, readVarint } from "../wire/wire-cursor.ts";
import { beginMessage, endMessage, leave, readText, type RecordCursor } from "./record-cursor.ts";

/** A `google.protobuf.Struct` as the object that it stands for, as protobuf-es has it in fields. */
export function readStruct(c: RecordCursor, earlier?: JsonObject): JsonObject {
  const end = beginMessage(c, earlier);
  const object: JsonObject = {};
  while (c.at < end) {
    if (readVarint(c) !== ((1 << 3) | 2)) leave(c);
    else readEntry(c, object);
  }
  endMessage(c, end);
  return object;
}

function readEntry(c: RecordCursor, object: JsonObject): void {
  const end = beginMessage(c);
  let key = "";
  let value: JsonValue | undefined;
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        key = readText(c);
        break;
      case (2 << 3) | 2:
        if (value !== undefined) leave(c);
        else value = readValue(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  // An assignment would not make this one a key.
  if (key === "__proto__" || value === undefined) leave(c);
  else object[key] = value;
}

/** A `google.protobuf.Value`, which has exactly one member. */
function readValue(c: RecordCursor): JsonValue {
  const end = beginMessage(c);
  const value = c.at < end ? readMember(c) : undefined;
  if (c.at !== end || value === undefined) leave(c);
  return value ?? null;
}

function readMember(c: RecordCursor): JsonValue | undefined {
  switch (readVarint(c)) {
    case (1 << 3) | 0:
      readVarint(c);
      return null;
    case (2 << 3) | 1: {
      const number = readDouble(c);
      return Number.isFinite(number) ? number : undefined;
    }
    case (3 << 3) | 2:
      return readText(c);
    case (4 << 3) | 0:
      return readVarint(c) !== 0 || c.high !== 0;
    case (5 << 3) | 2:
      return readStruct(c);
    case (6 << 3) | 2:
      return readList(c);
    default:
      return undefined;
  }
}

function readList(c: RecordCursor): JsonValue[] {
  const end = beginMessage(c);
  const list: JsonValue[] = [];
  while (c.at < end) {
    if (readVarint(c) !== ((1 << 3) | 2)) leave(c);
    else list.push(readValue(c));
  }
  endMessage(c, end);
  return list;
}
