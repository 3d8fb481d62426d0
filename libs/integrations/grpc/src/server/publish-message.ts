import { create, toBinary } from "@bufbuild/protobuf";
import { PublishResponseSchema } from "@tapio/contracts/ingest/v1/ingest";
import type { SubmitResult } from "@tapio/integration-core";
import { recordStatusOf, toRecordResult } from "./publish-results.ts";

// tapio.ingest.v1's PublishRequest and PublishResponse by hand, for what nearly all calls are: records and nothing else in, each accepted or
// a duplicate out. https://protobuf.dev/programming-guides/encoding/

const RECORDS_TAG = 0x0a;
const RESULTS_TAG = 0x0a;
const STATUS_TAG = 0x08;
const ID_TAG = 0x12;
const SEQUENCE_TAG = 0x18;

/** The bytes of each record of an encoded PublishRequest; `undefined` for a message that holds anything else, or more than `recordsMax`. */
export function sliceRecords(request: Uint8Array, recordsMax: number): Uint8Array[] | undefined {
  const records: Uint8Array[] = [];
  // A part of a Buffer costs more to make than one of a plain array.
  const message = new Uint8Array(request.buffer, request.byteOffset, request.length);
  let at = 0;
  while (at < message.length) {
    if (message[at++] !== RECORDS_TAG || records.length === recordsMax) return undefined;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++];
      // No message is longer than four of these bytes can tell.
      if (byte === undefined || shift > 21) return undefined;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (size > message.length - at) return undefined;
    records.push(message.subarray(at, at + size));
    at += size;
  }
  return records;
}

/** Bytes of a result beside its id: two tags with lengths, the status, and a sequence of up to 53 bits. */
const RESULT_BYTES_MAX = 15;
/** With an id of 64 characters a result's length still takes one byte. */
const SHORT_ID_MAX = 64;
/** gRPC's prefix of a message: a flag and the length. */
const PREFIX_BYTES = 5;

/** The gRPC frame of the PublishResponse with these results. */
export function frameResults(results: readonly SubmitResult[]): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + results.length * (2 + SHORT_ID_MAX + RESULT_BYTES_MAX));
  let at = PREFIX_BYTES;
  for (const result of results) {
    if (result.status === "rejected" || result.id.length > SHORT_ID_MAX) return frameAnyResults(results);
    at = writeResult(frame, at, result);
  }
  return finishFrame(frame, at);
}

function writeResult(frame: Buffer, start: number, result: Exclude<SubmitResult, { status: "rejected" }>): number {
  const { id } = result;
  frame[start] = RESULTS_TAG;
  let at = start + 2;
  frame[at++] = STATUS_TAG;
  frame[at++] = recordStatusOf(result.status);
  frame[at++] = ID_TAG;
  frame[at++] = id.length;
  // Ids are ASCII: what is in the journal matches [A-Za-z0-9_-]{1,128}.
  for (let index = 0; index < id.length; index++) frame[at++] = id.charCodeAt(index);
  frame[at++] = SEQUENCE_TAG;
  let left = result.sequence;
  for (; left > 0x7f; left = Math.floor(left / 128)) frame[at++] = (left % 128) | 0x80;
  frame[at++] = left;
  frame[start + 1] = at - start - 2;
  return at;
}

/** The same for results of any kind. */
function frameAnyResults(results: readonly SubmitResult[]): Buffer {
  const message = toBinary(PublishResponseSchema, create(PublishResponseSchema, { results: results.map(toRecordResult) }));
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame.set(message, PREFIX_BYTES);
  return finishFrame(frame, frame.length);
}

function finishFrame(frame: Buffer, end: number): Buffer {
  frame[0] = 0;
  frame.writeUInt32BE(end - PREFIX_BYTES, 1);
  return frame.subarray(0, end);
}
