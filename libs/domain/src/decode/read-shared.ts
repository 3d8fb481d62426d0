import type { Correlation } from "@tapio/contracts/domain/v1/correlation";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Finding } from "@tapio/contracts/domain/v1/finding";
import { leave, readEnum, readText, type RecordCursor } from "./record-cursor.ts";
import { readStruct } from "./read-struct.ts";
import { readResource, readSource, readTextEntry, readTimestamp, readTraceContext } from "./read-types.ts";

/** Reads the field of this tag into the record, when it is one that all kinds of record have, under one number; leaves all others. */
export function readSharedField(c: RecordCursor, tag: number, record: Event | Finding | Correlation): void {
  switch (tag) {
    case (1 << 3) | 2:
      record.id = readText(c);
      return;
    case (2 << 3) | 2:
      record.time = readTimestamp(c, record.time);
      return;
    case (3 << 3) | 2:
      record.observedTime = readTimestamp(c, record.observedTime);
      return;
    case (4 << 3) | 2:
      record.type = readText(c);
      return;
    case (5 << 3) | 0:
      record.severity = readEnum(c);
      return;
    case (7 << 3) | 2:
      record.source = readSource(c, record.source);
      return;
    case (8 << 3) | 2:
      record.resources.push(readResource(c));
      return;
    case (9 << 3) | 2:
      record.trace = readTraceContext(c, record.trace);
      return;
    case (10 << 3) | 2:
      record.correlationKeys.push(readText(c));
      return;
    case (12 << 3) | 2:
      readTextEntry(c, record.labels);
      return;
    case (13 << 3) | 2:
      record.data = readStruct(c, record.data);
      return;
    default:
      leave(c);
  }
}
