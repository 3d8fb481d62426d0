import type { RecordView } from "@tapio/domain";

/** What every server of this project takes in one request, whatever the records are: far below its 10,000 records and 16 MiB. */
const RECORDS_MAX = 1_000;
const BYTES_MAX = 4 * 1024 * 1024;

export type SizedRecord = Pick<RecordView, "bytes">;

/** The records in their order, in parts that one request may hold; a record that is larger than that has a part of its own. */
export function inParts<T extends SizedRecord>(records: readonly T[]): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let bytes = 0;
  for (const record of records) {
    if (part.length > 0 && (part.length === RECORDS_MAX || bytes + record.bytes.byteLength > BYTES_MAX)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(record);
    bytes += record.bytes.byteLength;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
