import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { TimeWindow } from "@tapio/contracts/domain/v1/finding";
import type { RecordRef, Resource, Source, TraceContext } from "@tapio/contracts/domain/v1/types";
import { readInt64, readVarint } from "../wire/wire-cursor.ts";
import { beginMessage, endMessage, leave, readText, type RecordCursor } from "./record-cursor.ts";

// Each reads one message, whose length comes next. The cases are tags: a field's number, and its wire type. A field that is not here, or has
// another wire type, leaves the whole record to protobuf-es.

export function readTimestamp(c: RecordCursor, earlier?: Timestamp): Timestamp {
  const end = beginMessage(c, earlier);
  let seconds = 0;
  let nanos = 0;
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 0:
        seconds = readInt64(c);
        break;
      case (2 << 3) | 0:
        nanos = readVarint(c) | 0;
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  if (!Number.isSafeInteger(seconds)) leave(c);
  return { $typeName: "google.protobuf.Timestamp", seconds: BigInt(Number.isSafeInteger(seconds) ? seconds : 0), nanos };
}

export function readTimeWindow(c: RecordCursor, earlier?: TimeWindow): TimeWindow {
  const end = beginMessage(c, earlier);
  const window: TimeWindow = { $typeName: "tapio.domain.v1.TimeWindow" };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        window.start = readTimestamp(c, window.start);
        break;
      case (2 << 3) | 2:
        window.end = readTimestamp(c, window.end);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return window;
}

export function readSource(c: RecordCursor, earlier?: Source): Source {
  const end = beginMessage(c, earlier);
  const source: Source = { $typeName: "tapio.domain.v1.Source", kind: "", instance: "", version: "", cluster: "", node: "" };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        source.kind = readText(c);
        break;
      case (2 << 3) | 2:
        source.instance = readText(c);
        break;
      case (3 << 3) | 2:
        source.version = readText(c);
        break;
      case (4 << 3) | 2:
        source.cluster = readText(c);
        break;
      case (5 << 3) | 2:
        source.node = readText(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return source;
}

export function readResource(c: RecordCursor): Resource {
  const end = beginMessage(c);
  const attributes: Resource["attributes"] = {};
  const resource: Resource = { $typeName: "tapio.domain.v1.Resource", kind: "", name: "", namespace: "", uid: "", version: "", attributes };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        resource.kind = readText(c);
        break;
      case (2 << 3) | 2:
        resource.name = readText(c);
        break;
      case (3 << 3) | 2:
        resource.namespace = readText(c);
        break;
      case (4 << 3) | 2:
        resource.uid = readText(c);
        break;
      case (5 << 3) | 2:
        resource.version = readText(c);
        break;
      case (6 << 3) | 2:
        readTextEntry(c, attributes);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return resource;
}

export function readTraceContext(c: RecordCursor, earlier?: TraceContext): TraceContext {
  const end = beginMessage(c, earlier);
  const trace: TraceContext = { $typeName: "tapio.domain.v1.TraceContext", traceId: "", spanId: "", traceState: "", flags: 0 };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        trace.traceId = readText(c);
        break;
      case (2 << 3) | 2:
        trace.spanId = readText(c);
        break;
      case (3 << 3) | 2:
        trace.traceState = readText(c);
        break;
      case (4 << 3) | 0:
        trace.flags = readVarint(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return trace;
}

export function readRecordRef(c: RecordCursor, earlier?: RecordRef): RecordRef {
  const end = beginMessage(c, earlier);
  const ref: RecordRef = { $typeName: "tapio.domain.v1.RecordRef", recordId: "", traceId: "", spanId: "" };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        ref.recordId = readText(c);
        break;
      case (2 << 3) | 2:
        ref.traceId = readText(c);
        break;
      case (3 << 3) | 2:
        ref.spanId = readText(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return ref;
}

/** One entry of a map of texts. Of a key that comes twice the last value counts. */
export function readTextEntry(c: RecordCursor, map: { [key: string]: string }): void {
  const end = beginMessage(c);
  let key = "";
  let value = "";
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        key = readText(c);
        break;
      case (2 << 3) | 2:
        value = readText(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  // An assignment would not make this one a key.
  if (key === "__proto__") leave(c);
  else map[key] = value;
}
