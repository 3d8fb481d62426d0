// Run: npm run bench. Prints what encoding, a decode, a header scan and JSON from the bytes cost, against what protobuf-es needs for the same bytes in the same run.
import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import {
  checkRecord,
  clearJson,
  createJsonOutput,
  createRecordView,
  encodeRecord,
  putRecordJson,
  scanRecord,
  viewOfStored,
} from "@tapio/domain";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { sampleEvent } from "./sample-event.ts";

const ROUNDS = 7;
const CALLS_PER_ROUND = 50_000;

const bytes = encodeRecord(sampleEvent());
const record = fromBinary(RecordSchema, bytes);
const json = toJson(RecordSchema, record);
const scan = scanRecord(bytes);
if (!scan.ok) throw new Error(scan.problem.reason);
const { header } = scan;
const view = createRecordView(bytes, header);
const out = createJsonOutput();

const jobs: readonly (readonly [string, () => unknown])[] = [
  ["decode by protobuf-es", () => fromBinary(RecordSchema, bytes)],
  ["encode by protobuf-es", () => toBinary(RecordSchema, record)],
  ["encode", () => encodeRecord(record)],
  ["decode", () => createRecordView(bytes, header).decoded()],
  ["scan", () => scanRecord(bytes)],
  ["header of a stored one", () => viewOfStored(bytes)],
  ["check", () => checkRecord(bytes)],
  ["toJson and stringify", () => Buffer.from(JSON.stringify(toJson(RecordSchema, record)))],
  ["stringify of a ready object", () => Buffer.from(JSON.stringify(json))],
  ["JSON from the bytes", jsonFromBytes],
];

function jsonFromBytes(): number {
  clearJson(out);
  putRecordJson(out, view);
  return out.length;
}

/** CPU time, since the machine may be shared. */
function medianMicros(call: () => unknown): number {
  const rounds: number[] = [];
  let kept: unknown; // so that the call is not optimized away
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < CALLS_PER_ROUND; i++) kept = call();
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / CALLS_PER_ROUND);
  }
  if (kept === undefined) throw new Error("the measured call gave nothing back");
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
}

process.stdout.write(`event of ${bytes.length} bytes\n`);
for (const [name, call] of jobs) process.stdout.write(`${name.padEnd(28)} ${medianMicros(call).toFixed(2).padStart(6)} us\n`);
