import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ServedProcess } from "../processes/served-process.ts";
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
      const grown = await compareGrown(folder, await fill(folder, context), context);
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

/** Fills the journal as producers do. Gives back how many records it holds. */
async function fill(folder: string, context: JobContext): Promise<number> {
  context.progress(`J6: filling the journal with ${context.records.toLocaleString("en")} records`);
  const gateway = await startGateway(folder, "[]", context);
  const records = await send(gateway, { firstRecord: 0, recordsMax: context.records }, context);
  await gateway.stop();
  return records;
}

async function send(
  gateway: ServedProcess,
  which: { readonly firstRecord: number; readonly recordsMax: number },
  context: JobContext,
): Promise<number> {
  const options = {
    ...loadOptions("publish", gateway.url, context),
    prefix: idPrefix(fillName),
    warmUpSeconds: 0,
    seconds: 3_600,
    ...which,
  };
  return (await runLoad("publish", options)).acknowledged;
}

/**
 * J1 with the large journal and with a small one by turns: where a file grows into memory that nothing has used since the machine began, the system's cache
 * costs more, so that what was measured before the filling says nothing of what is measured after it.
 */
async function compareGrown(
  folder: string,
  filled: number,
  context: JobContext,
): Promise<{ readonly records: number; readonly row: JobRow }> {
  const small: Measured[] = [];
  const large: Measured[] = [];
  const smallRecords = Math.min(smallRecordsMax, context.records / 2);
  let records = filled;
  for (let round = 1; round <= context.rounds; round++) {
    const fresh = mkdtempSync(join(context.folder, "tapio-bench-"));
    try {
      small.push((await measureFrom(fresh, { held: 0, filledTo: smallRecords }, context)).measured);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
    const grown = await measureFrom(folder, { held: records, filledTo: records }, context);
    records = grown.records;
    large.push(grown.measured);
    const [few, many] = [small.at(-1), large.at(-1)].map((one) => Math.round(one?.perSecond ?? 0).toLocaleString("en"));
    context.progress(`J6, round ${round} of ${context.rounds}: J1 at ${few} per second with few records, at ${many} with many`);
  }
  const [ours, bare] = [medianOf(large), medianOf(small)];
  const what = `J1 at ${filled.toLocaleString("en")} to ${records.toLocaleString("en")} records in the journal, against ${smallRecords.toLocaleString("en")}`;
  return { records, row: throughputRow({ job: "J6", what, atLeast: 0.8, ours, bare }) };
}

/** J1 on the journal in `folder`, which holds so many records, once it is filled up to so many. */
async function measureFrom(
  folder: string,
  { held, filledTo }: { readonly held: number; readonly filledTo: number },
  context: JobContext,
): Promise<{ readonly measured: Measured; readonly records: number }> {
  const gateway = await startGateway(folder, "[]", context);
  const missing = filledTo - held;
  const firstRecord = held + (missing > 0 ? await send(gateway, { firstRecord: held, recordsMax: missing }, context) : 0);
  const { cpuSeconds } = gateway.usage();
  const report = await runLoad("publish", { ...loadOptions("publish", gateway.url, context), prefix: idPrefix(fillName), firstRecord });
  const after = gateway.usage();
  await gateway.stop();
  const records = firstRecord + report.acknowledged;
  return {
    records,
    measured: {
      perSecond: report.measured / report.seconds,
      ackMs: report.ackMs,
      cpuMicros: cpuMicrosPer(report.acknowledged, cpuSeconds, after.cpuSeconds),
      peakMemoryBytes: after.peakMemoryBytes,
      lost: records - (await recordsInJournal(folder)),
    },
  };
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
