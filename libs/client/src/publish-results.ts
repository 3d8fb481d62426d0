import { create } from "@bufbuild/protobuf";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import { RecordStatus, type PublishStreamResponse, type RecordResult } from "@tapio/contracts/ingest/v1/ingest";
import type { PublishResult, PublishSummary, RecordInput } from "./tapio-client.ts";

export function toRecord(input: RecordInput): Record {
  if ("$typeName" in input) return input;
  if ("event" in input) return create(RecordSchema, { kind: { case: "event", value: input.event } });
  if ("finding" in input) return create(RecordSchema, { kind: { case: "finding", value: input.finding } });
  return create(RecordSchema, { kind: { case: "correlation", value: input.correlation } });
}

/** A status that this version does not know counts as rejected: the caller must not take the record for durable. */
export function toPublishResult({ status, id, sequence, field, reason }: RecordResult): PublishResult {
  switch (status) {
    case RecordStatus.ACCEPTED:
      return { status: "accepted", id, sequence: Number(sequence) };
    case RecordStatus.DUPLICATE:
      return { status: "duplicate", id, sequence: Number(sequence) };
    case RecordStatus.REJECTED:
      return { status: "rejected", id, field, reason };
    default:
      return {
        status: "rejected",
        id,
        field,
        reason: reason === "" ? `the server answered with the unknown status ${String(status)}` : reason,
      };
  }
}

export function toPublishSummary({ accepted, duplicates, rejected, rejections }: PublishStreamResponse): PublishSummary {
  return {
    accepted: Number(accepted),
    duplicates: Number(duplicates),
    rejected: Number(rejected),
    rejections: rejections.map(({ index, result }) => ({
      index: Number(index),
      id: result?.id ?? "",
      field: result?.field ?? "",
      reason: result?.reason ?? "",
    })),
  };
}
