import { RecordKind } from "@tapio/contracts/domain/v1/record";
import type { Record } from "@tapio/contracts/domain/v1/record";
import { decodeRecord } from "./decode/decode-record.ts";
import type { RecordHeader, RecordProblem } from "./record-header.ts";
import type { RecordView } from "./record-view.ts";
import { outlineOf } from "./scan/outline.ts";
import { readHeader } from "./scan/read-header.ts";
import { scanRecord } from "./scan/scan-record.ts";
import { StoredRecordView } from "./stored-record-view.ts";

/** Makes a view of bytes that were scanned; `header` is what the scan found. */
export function createRecordView(bytes: Uint8Array, header: RecordHeader): RecordView {
  return new EncodedRecordView(bytes, header);
}

/** A class, since there is one for each record that is read, and functions of its own would take more memory than all else in it. */
class EncodedRecordView implements RecordView {
  readonly header: RecordHeader;
  readonly bytes: Uint8Array;
  #record: Record | undefined;

  constructor(bytes: Uint8Array, header: RecordHeader) {
    this.header = header;
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  decoded(): Record {
    return (this.#record ??= decodeRecord(this.bytes));
  }

  decodedOnce(): Record {
    return this.#record ?? decodeRecord(this.bytes);
  }
}

export type ViewResult =
  { readonly ok: true; readonly view: RecordView } | { readonly ok: false; readonly problem: RecordProblem & { readonly id?: string } };

/** Scans the bytes and makes a view of them. */
export function viewOf(bytes: Uint8Array): ViewResult {
  const scan = scanRecord(bytes);
  return scan.ok ? { ok: true, view: createRecordView(bytes, scan.header) } : scan;
}

/**
 * Makes a view of bytes that were judged before they were stored, and are known to be those that were stored: they are not judged again, but where not
 * even the header can be read it is said why. They lie in `buffer` from `start` to `end` (excluded), which the view keeps as a whole; `outline` is theirs, where
 * somebody looked for it already.
 */
export function viewOfStored(buffer: Uint8Array, start = 0, end = buffer.length, outline = outlineOf(buffer, start, end)): ViewResult {
  if (outline !== 0) return { ok: true, view: new StoredRecordView(buffer, start, end, outline) };
  const bytes = buffer.subarray(start, end);
  const header = readHeader(bytes);
  return header === undefined ? viewOf(bytes) : { ok: true, view: createRecordView(bytes, header) };
}

/** The same record with bytes of its own, for who keeps it for longer than what was read with it. */
export function ownView(view: RecordView): RecordView {
  return view instanceof StoredRecordView ? view.own() : createRecordView(view.bytes.slice(), view.header);
}

/** The decoded record, narrowed by its kind: `{case: "event", value: Event}` and so on. Fails only on a view of bytes that were not scanned. */
export function recordOf(view: RecordView): Exclude<Record["kind"], { case: undefined }> {
  const { kind } = view.decoded();
  if (kind.case === undefined) throw new Error("the record has no kind: its bytes were not scanned before the view was made");
  return kind;
}

export type RecordKindName = "event" | "finding" | "correlation";

const kindNames: { readonly [kind in RecordKind]?: RecordKindName } = {
  [RecordKind.EVENT]: "event",
  [RecordKind.FINDING]: "finding",
  [RecordKind.CORRELATION]: "correlation",
};

/** `RecordKind.EVENT` -> `event`. */
export function kindName(kind: RecordKind): RecordKindName {
  const name = kindNames[kind];
  if (name === undefined) throw new RangeError(`there is no record kind ${kind}`);
  return name;
}
