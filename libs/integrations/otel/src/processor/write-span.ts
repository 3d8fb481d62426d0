import type { Record } from "@tapio/contracts/domain/v1/record";
import type { ProtobufWriter } from "../wire/protobuf-writer.ts";
import { writeCorrelationSpan } from "./correlation-span.ts";
import { writeEventSpan } from "./event-span.ts";
import { writeFindingSpan } from "./finding-span.ts";

/** A record's kind and body, as in the `Record` envelope, never empty. */
export type RecordBodyOf = Exclude<Record["kind"], { case: undefined }>;

/** Writes a record as a span, in the form in which `ScopeSpans` holds it. */
export function writeSpan(w: ProtobufWriter, record: RecordBodyOf): void {
  switch (record.case) {
    case "event":
      writeEventSpan(w, record.value);
      return;
    case "finding":
      writeFindingSpan(w, record.value);
      return;
    case "correlation":
      writeCorrelationSpan(w, record.value);
  }
}
