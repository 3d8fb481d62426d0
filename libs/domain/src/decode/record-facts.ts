import type { Outcome, TraceContext } from "@tapio/contracts/domain/v1/types";
import type { CorrelationKind } from "@tapio/contracts/domain/v1/correlation";
import type { FindingState } from "@tapio/contracts/domain/v1/finding";
import { recordOf } from "../create-record-view.ts";
import type { RecordView } from "../record-view.ts";
import { closeBytes, readVarint, skipValue } from "../wire/wire-cursor.ts";
import { createRecordCursor, openRecord, readEnum } from "./record-cursor.ts";
import { readSource, readTraceContext } from "./read-types.ts";

/** What counting and routing may want of a record beside its header. */
export interface RecordFacts {
  /** An event's outcome, a finding's state, or a correlation's kind. */
  readonly detail: Outcome | FindingState | CorrelationKind;
  /** The cluster of the record's source; empty when it says none. */
  readonly cluster: string;
  readonly trace: TraceContext | undefined;
}

const cursor = createRecordCursor();

/** Reads the facts from the record's bytes, passing over all else: a fifth of what decoding costs, for whoever needs no more. */
export function factsOf(view: RecordView): RecordFacts {
  return usualFacts(view.bytes) ?? decodedFacts(view);
}

/** `undefined` for bytes of an unusual form. */
export function usualFacts(bytes: Uint8Array): RecordFacts | undefined {
  const c = cursor;
  openRecord(c, bytes);
  // Of one of three kinds, whose fields 6, 7 and 9 mean the same.
  const kindTag = readVarint(c);
  const length = readVarint(c);
  const end = c.at + length;
  if ((kindTag & 7) !== 2 || kindTag >>> 3 > 3 || end !== bytes.length) return undefined;
  let detail: RecordFacts["detail"] = 0;
  let source;
  let trace;
  while (c.at < end) {
    const tag = readVarint(c);
    switch (tag) {
      case (6 << 3) | 0:
        detail = readEnum(c);
        break;
      case (7 << 3) | 2:
        source = readSource(c, source);
        break;
      case (9 << 3) | 2:
        trace = readTraceContext(c, trace);
        break;
      default:
        skipValue(c, tag & 7);
    }
  }
  closeBytes(c);
  return c.isUsual && c.at === end ? { detail, cluster: source?.cluster ?? "", trace } : undefined;
}

function decodedFacts(view: RecordView): RecordFacts {
  const kind = recordOf(view);
  const { source, trace } = kind.value;
  return { detail: detailOf(kind), cluster: source?.cluster ?? "", trace };
}

function detailOf(kind: ReturnType<typeof recordOf>): RecordFacts["detail"] {
  switch (kind.case) {
    case "event":
      return kind.value.outcome;
    case "finding":
      return kind.value.state;
    case "correlation":
      return kind.value.kind;
  }
}
