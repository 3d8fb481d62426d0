import { scanRecord } from "@tapio/domain";
import type { RecordSink, SubmitCall, SubmitResult, SubmittedRecord } from "@tapio/integration-core";

/** A sink that judges records as admission does, keeps what it took, and can be told to fail or to wait. */
export interface RecordingSink extends RecordSink {
  readonly taken: Uint8Array[];
  readonly calls: { readonly size: number; readonly call: SubmitCall }[];
  /** Runs before each submit; a throw fails it. */
  before: (call: SubmitCall) => Promise<void> | void;
}

export function createRecordingSink(): RecordingSink {
  const ids = new Map<string, number>();
  const judge = (record: SubmittedRecord): SubmitResult => {
    if ("problem" in record) return { status: "rejected", ...record.problem };
    const scan = scanRecord(record.bytes);
    if (!scan.ok) return { status: "rejected", ...scan.problem };
    const known = ids.get(scan.header.id);
    if (known !== undefined) return { status: "duplicate", id: scan.header.id, sequence: known };
    sink.taken.push(record.bytes);
    ids.set(scan.header.id, sink.taken.length);
    return { status: "accepted", id: scan.header.id, sequence: sink.taken.length };
  };
  const sink: RecordingSink = {
    taken: [],
    calls: [],
    before: () => undefined,
    async submit(batch, call) {
      sink.calls.push({ size: batch.length, call });
      await sink.before(call);
      return batch.map(judge);
    },
  };
  return sink;
}
