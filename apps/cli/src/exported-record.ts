import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { timestampFromMs, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { SequencedRecordSchema } from "@tapio/contracts/subscribe/v1/subscribe";
import type { JournalRecord } from "@tapio/journal";
import { formatTimeMs } from "./format/format-times.ts";

const { sequence: sequenceField, acceptedTime, record: recordField } = SequencedRecordSchema.field;

/** One line: `{"sequence", "acceptedTime", "record"}`, the record in proto3 JSON. @throws when the record cannot be read. */
export function exportedJson({ sequence, appendedAtMs, bytes }: JournalRecord): string {
  const record = toJson(RecordSchema, fromBinary(RecordSchema, bytes));
  return `${JSON.stringify({ sequence, acceptedTime: formatTimeMs(appendedAtMs), record })}\n`;
}

/** A `tapio.subscribe.v1.SequencedRecord` after its length as a varint, as protobuf's delimited streams are; the record's bytes as they came. */
export function exportedBinary({ sequence, appendedAtMs, bytes }: JournalRecord): Uint8Array {
  const message = new BinaryWriter()
    .tag(sequenceField.number, WireType.Varint)
    .uint64(sequence)
    .tag(acceptedTime.number, WireType.LengthDelimited)
    .bytes(toBinary(TimestampSchema, timestampFromMs(appendedAtMs)))
    .tag(recordField.number, WireType.LengthDelimited)
    .bytes(bytes)
    .finish();
  return new BinaryWriter().bytes(message).finish();
}
