import { toJson } from "@bufbuild/protobuf";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import { closeBytes, openBytes } from "../wire/wire-cursor.ts";
import { createJsonJob } from "./json-job.ts";
import { putJson, type JsonOutput } from "./json-output.ts";
import { jsonPlan } from "./json-plan.ts";
import { writeMessage } from "./write-message.ts";

const plan = jsonPlan(RecordSchema);
const job = createJsonJob();

/** What is written of a record: its bytes, and the message for bytes of an unusual form. A view fits. */
export interface EncodedRecord {
  readonly bytes: Uint8Array;
  decoded(): Record;
}

/**
 * Appends a record's proto3 JSON, as protobuf-es' `toJson` gives it, straight from the bytes. Members of maps keep the order of the bytes.
 * Unusual bytes (fields out of order, a map's key twice, maps of more than 64 keys) are decoded after all.
 * @throws Error when the record has no JSON form, e.g. an infinite number in its data
 */
export function putRecordJson(out: JsonOutput, record: EncodedRecord): void {
  if (!putUsualRecordJson(out, record.bytes)) putJson(out, JSON.stringify(toJson(RecordSchema, record.decoded())));
}

/** False, and nothing appended, for unusual bytes. */
export function putUsualRecordJson(out: JsonOutput, bytes: Uint8Array): boolean {
  const { length } = out;
  job.out = out;
  openBytes(job, bytes);
  job.keys.length = 0;
  const isWritten = writeMessage(job, plan, bytes.length);
  closeBytes(job);
  if (isWritten) return true;
  out.length = length;
  return false;
}
