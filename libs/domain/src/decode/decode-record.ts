import { fromBinary } from "@bufbuild/protobuf";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import { closeBytes, readVarint } from "../wire/wire-cursor.ts";
import { createRecordCursor, openRecord } from "./record-cursor.ts";
import { readCorrelation } from "./read-correlation.ts";
import { readEvent } from "./read-event.ts";
import { readFinding } from "./read-finding.ts";

const cursor = createRecordCursor();

/**
 * Decodes a record that was scanned, to what protobuf-es makes of it, in less than half the time: the messages are written out here, and
 * short texts that were met before are not made again. Bytes of an unusual form (fields that this build does not know, a message in two
 * parts) are decoded by protobuf-es.
 * @throws Error for bytes that are no record
 */
export function decodeRecord(bytes: Uint8Array): Record {
  return decodeUsualRecord(bytes) ?? fromBinary(RecordSchema, bytes);
}

/** `undefined` for bytes of an unusual form. */
export function decodeUsualRecord(bytes: Uint8Array): Record | undefined {
  openRecord(cursor, bytes);
  const kind = readKind(readVarint(cursor));
  closeBytes(cursor);
  if (kind === undefined || !cursor.isUsual || cursor.at !== bytes.length) return undefined;
  return { $typeName: "tapio.domain.v1.Record", kind };
}

function readKind(tag: number): Record["kind"] | undefined {
  switch (tag) {
    case (1 << 3) | 2:
      return { case: "event", value: readEvent(cursor) };
    case (2 << 3) | 2:
      return { case: "finding", value: readFinding(cursor) };
    case (3 << 3) | 2:
      return { case: "correlation", value: readCorrelation(cursor) };
    default:
      return undefined;
  }
}
