import type { MessageInitShape } from "@bufbuild/protobuf";
import { RecordStatus, type PublishStreamResponseSchema, type RecordResultSchema } from "@tapio/contracts/ingest/v1/ingest";
import type { SubmitResult } from "@tapio/integration-core";

/** How many refusals a stream's answer lists. */
const REJECTIONS_MAX = 1_000;

const statuses = {
  accepted: RecordStatus.ACCEPTED,
  duplicate: RecordStatus.DUPLICATE,
  rejected: RecordStatus.REJECTED,
} as const;

export function recordStatusOf(status: SubmitResult["status"]): RecordStatus {
  return statuses[status];
}

/** What became of one record, as the API says it. */
export function toRecordResult(result: SubmitResult): MessageInitShape<typeof RecordResultSchema> {
  const status = statuses[result.status];
  return result.status === "rejected"
    ? { status, id: result.id ?? "", field: result.field, reason: result.reason }
    : { status, id: result.id, sequence: BigInt(result.sequence) };
}

/** Sums up what became of the records of a stream. */
export interface StreamTally {
  add(results: readonly SubmitResult[]): void;
  /** The numbers alone. */
  counts(): Readonly<Record<SubmitResult["status"], number>>;
  summary(): MessageInitShape<typeof PublishStreamResponseSchema>;
}

export function createStreamTally(): StreamTally {
  let index = 0;
  const counts = { accepted: 0, duplicate: 0, rejected: 0 };
  const rejections: { index: bigint; result: MessageInitShape<typeof RecordResultSchema> }[] = [];
  return {
    add(results) {
      for (const result of results) {
        counts[result.status] += 1;
        if (result.status === "rejected" && rejections.length < REJECTIONS_MAX) {
          rejections.push({ index: BigInt(index), result: toRecordResult(result) });
        }
        index += 1;
      }
    },
    counts: () => counts,
    summary: () => ({
      accepted: BigInt(counts.accepted),
      duplicates: BigInt(counts.duplicate),
      rejected: BigInt(counts.rejected),
      rejections,
    }),
  };
}
