import type { Record, RecordKind } from "@tapio/contracts/domain/v1/record";
import type { Severity } from "@tapio/contracts/domain/v1/types";
import { asciiText } from "./ascii-text.ts";
import { decodeRecord } from "./decode/decode-record.ts";
import type { RecordHeader } from "./record-header.ts";
import type { RecordView } from "./record-view.ts";
import { idSizeIn, idStartIn, kindIn, severityIn } from "./scan/outline.ts";
import { readHeader } from "./scan/read-header.ts";

/**
 * A record within the buffer that many were read in. There is one of these for each record that is delivered: it is its own header, and what somebody may
 * ask for is made when they do.
 */
export class StoredRecordView implements RecordView, RecordHeader {
  readonly #buffer: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #outline: number;
  #id: string | undefined;
  #bytes: Uint8Array | undefined;
  #rest: RecordHeader | undefined;
  #record: Record | undefined;

  /** `outline`: of these bytes, not 0. */
  constructor(buffer: Uint8Array, start: number, end: number, outline: number) {
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
    this.#outline = outline;
  }

  get header(): RecordHeader {
    return this;
  }

  get size(): number {
    return this.#end - this.#start;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= this.#buffer.subarray(this.#start, this.#end));
  }

  /** The same in a buffer of its own. */
  own(): StoredRecordView {
    return new StoredRecordView(this.bytes.slice(), 0, this.size, this.#outline);
  }

  decoded(): Record {
    return (this.#record ??= decodeRecord(this.bytes));
  }

  decodedOnce(): Record {
    return this.#record ?? decodeRecord(this.bytes);
  }

  get kind(): RecordKind {
    return kindIn(this.#outline) as RecordKind; // 1 to 3
  }

  get severity(): Severity {
    return severityIn(this.#outline) as Severity; // was checked against the enum
  }

  get id(): string {
    return (this.#id ??= this.#readId());
  }

  get timeSeconds(): number {
    return this.#restOfHeader().timeSeconds;
  }

  get timeNanos(): number {
    return this.#restOfHeader().timeNanos;
  }

  get type(): string {
    return this.#restOfHeader().type;
  }

  get namespaces(): readonly string[] {
    return this.#restOfHeader().namespaces;
  }

  #readId(): string {
    const start = this.#start + idStartIn(this.#outline);
    return asciiText(this.#buffer, start, start + idSizeIn(this.#outline));
  }

  #restOfHeader(): RecordHeader {
    this.#rest ??= readHeader(this.bytes);
    if (this.#rest === undefined) throw new Error("a stored record has an outline and no header: this is a bug");
    return this.#rest;
  }
}
