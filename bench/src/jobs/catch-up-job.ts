import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runLoad } from "../processes/run-load.ts";
import type { JobRow } from "../report/job-row.ts";
import { median } from "../report/statistics.ts";
import { idPrefix } from "../records/record-id.ts";
import { cpuMicrosPer, loadOptions } from "./ingest-jobs.ts";
import type { Job, JobContext } from "./job.ts";
import { medianOf, type Measured } from "./measured.ts";
import { packedFile, startGateway, startNullGateway } from "./start-ours.ts";
import { recordsInJournal } from "./stored-records.ts";
import { throughputRow } from "./throughput-row.ts";

/** The journal that the large one is compared with. */
const smallRecordsMax = 100_000;
const fillName = "catchup";
const readyMsMax = 2_000;
const readyMsTarget = 1;

/** J6: catching up from the beginning of a large journal; on the way, how that size slows down what comes in, and the start. */
export const catchUpJob: Job = {
  name: "J6",
  async run(context) {
    const folder = mkdtempSync(join(context.folder, "tapio-bench-"));
    try {
      const grown = await fill(folder, context);
      const ready = await startAgain(folder, context);
      const ours: Measured[] = [];
      const bare: Measured[] = [];
      for (let round = 1; round <= context.rounds; round++) {
        bare.push(await readBare(folder, grown.records));
        ours.push(await catchUp(folder, { name: `null-${round}`, records: grown.records }, context));
        context.progress(
          `J6, round ${round} of ${context.rounds}: ${Math.round(ours.at(-1)?.perSecond ?? 0).toLocaleString("en")} per second`,
        );
      }
      const what = `catching up from ${grown.records.toLocaleString("en")} records behind`;
      return [throughputRow({ job: "J6", what, atLeast: 0.5, ours: medianOf(ours), bare: medianOf(bare) }), grown.row, ready];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Fills the journal as producers do, and measures them when it is small and when it is full. */
async function fill(folder: string, context: JobContext): Promise<{ readonly records: number; readonly row: JobRow }> {
  const gateway = await startGateway(folder, "[]", context);
  const base = { ...loadOptions("publish", gateway.url, context), prefix: idPrefix(fillName) };
  let records = 0;
  const send = async (recordsMax: number): Promise<void> => {
    const options = { ...base, warmUpSeconds: 0, seconds: 3_600, firstRecord: records, recordsMax };
    records += (await runLoad("publish", options)).acknowledged;
  };
  const measure = async (): Promise<number> => {
    const report = await runLoad("publish", { ...base, firstRecord: records });
    records += report.acknowledged;
    return report.measured / report.seconds;
  };
  await send(Math.min(smallRecordsMax, context.records / 2));
  const small = await measure();
  const missing = context.records - records;
  context.progress(`J6: filling the journal with ${context.records.toLocaleString("en")} records`);
  if (missing > 0) await send(missing);
  const large = await measure();
  const { peakMemoryBytes } = gateway.usage();
  await gateway.stop();
  const what = `J1 at ${records.toLocaleString("en")} records in the journal, against ${Math.min(smallRecordsMax, context.records / 2).toLocaleString("en")}`;
  const lost = records - (await recordsInJournal(folder));
  const row: JobRow = {
    ...{ job: "J6", what, unit: "records/s", ours: large, bare: small, ratio: large / small },
    ...{ target: { atLeast: 0.8 }, peakMemoryBytes, lost },
  };
  return { records, row };
}

async function startAgain(folder: string, context: JobContext): Promise<JobRow> {
  const readyMs: number[] = [];
  for (let round = 0; round < context.rounds; round++) {
    const gateway = await startGateway(folder, "[]", context);
    readyMs.push(gateway.readyMs);
    await gateway.stop();
  }
  const ours = median(readyMs);
  return {
    ...{ job: "J6", what: `start to ready with that journal, against ${readyMsMax} ms`, unit: "ms", ours, bare: readyMsMax },
    ...{ ratio: ours / readyMsMax, target: { atMost: readyMsTarget }, lost: 0 },
  };
}

async function catchUp(
  folder: string,
  { name, records }: { readonly name: string; readonly records: number },
  context: JobContext,
): Promise<Measured> {
  const startedAtMs = Date.now();
  const gateway = await startNullGateway(folder, { name, start: "beginning", prefix: idPrefix(fillName) }, context);
  const readyAtMs = startedAtMs + gateway.readyMs;
  await gateway.counter.arrival(records);
  const { cpuSeconds, peakMemoryBytes } = gateway.usage();
  const [received] = await gateway.counter.reports();
  await gateway.stop();
  if (received === undefined) throw new Error("the null destination has no report");
  return {
    perSecond: received.unique / ((received.lastAtMs - readyAtMs) / 1000),
    cpuMicros: cpuMicrosPer(records, 0, cpuSeconds),
    peakMemoryBytes,
    lost: records - received.unique,
  };
}

async function readBare(folder: string, records: number): Promise<Measured> {
  const file = fileURLToPath(new URL("../bare/catch-up.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, packedFile(folder), String(records)]);
  const read = JSON.parse(stdout) as { readonly records: number; readonly seconds: number };
  return { perSecond: read.records / read.seconds, cpuMicros: undefined, peakMemoryBytes: undefined, lost: 0 };
}
