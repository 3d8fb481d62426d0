// Run: npm run bench. Prints what a header scan costs, against a full decode of the same bytes in the same run.
import { fromBinary } from "@bufbuild/protobuf";
import { encodeRecord, scanRecord } from "@tapio/domain";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { sampleEvent } from "./sample-event.ts";

const ROUNDS = 7;
const CALLS_PER_ROUND = 100_000;

const bytes = encodeRecord(sampleEvent());

function medianMicros(call: () => unknown): number {
  const rounds: number[] = [];
  let kept: unknown; // so that the call is not optimized away
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    for (let i = 0; i < CALLS_PER_ROUND; i++) kept = call();
    rounds.push(((performance.now() - startedAt) * 1000) / CALLS_PER_ROUND);
  }
  if (kept === undefined) throw new Error("the measured call gave nothing back");
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
}

const decode = medianMicros(() => fromBinary(RecordSchema, bytes));
const scan = medianMicros(() => scanRecord(bytes));
process.stdout.write(
  `event of ${bytes.length} bytes: decode ${decode.toFixed(2)} us, scan ${scan.toFixed(2)} us, ratio ${(decode / scan).toFixed(1)}\n`,
);
