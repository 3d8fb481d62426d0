import type { LoadOptions } from "../load/load-options.ts";
import { runLoad, type LoadKind } from "../processes/run-load.ts";
import type { ServedProcess } from "../processes/served-process.ts";
import { idPrefix } from "../records/record-id.ts";
import type { Job, JobContext } from "./job.ts";
import type { Measured } from "./measured.ts";
import { startBare, startGateway } from "./start-ours.ts";
import { recordsInJournal, recordsInPackedFile } from "./stored-records.ts";
import { throughputRow } from "./throughput-row.ts";
import { versus } from "./versus.ts";

export const publishBatch = 100;

/** J1: gRPC Publish, batches of 100, durable. */
export const publishJob: Job = {
  name: "J1",
  run: (context) =>
    runIngest(context, { name: "J1", what: "gRPC Publish, 100 a batch", kind: "publish", bare: "publish-server", atLeast: 0.65 }),
};

/** J2: `POST /v1/occurrences`, one record each, kept-alive connections, durable. */
export const occurrencesJob: Job = {
  name: "J2",
  run: (context) =>
    runIngest(context, {
      name: "J2",
      what: "POST /v1/occurrences, one each",
      kind: "occurrences",
      bare: "occurrences-server",
      atLeast: 0.5,
    }),
};

/** How the load of a kind is shaped. */
export function loadOptions(kind: LoadKind, url: string, context: Pick<JobContext, "seconds" | "warmUpSeconds">): LoadOptions {
  const shape = kind === "publish" ? { batch: publishBatch, connections: 2, streams: 8 } : { batch: 1, connections: 64, streams: 1 };
  return {
    url,
    prefix: idPrefix(`bench${kind}`),
    ...shape,
    warmUpSeconds: context.warmUpSeconds,
    seconds: context.seconds,
    recordsMax: Number.MAX_SAFE_INTEGER,
    recordsPerSecond: 0,
  };
}

interface IngestJob {
  readonly name: string;
  readonly what: string;
  readonly kind: LoadKind;
  readonly bare: string;
  readonly atLeast: number;
}

async function runIngest(context: JobContext, job: IngestJob): ReturnType<Job["run"]> {
  const measure = async (server: ServedProcess, stored: () => number | Promise<number>): Promise<Measured> => {
    const before = server.usage();
    const report = await runLoad(job.kind, loadOptions(job.kind, server.url, context));
    const after = server.usage();
    await server.stop();
    return {
      perSecond: report.measured / report.seconds,
      ackMs: report.ackMs,
      cpuMicros: cpuMicrosPer(report.acknowledged, before.cpuSeconds, after.cpuSeconds),
      peakMemoryBytes: after.peakMemoryBytes,
      lost: report.acknowledged - (await stored()),
    };
  };
  const { ours, bare } = await versus(context, job.name, {
    ours: async (folder) => measure(await startGateway(folder, "[]", context), () => recordsInJournal(folder)),
    bare: async (folder) => measure(await startBare(job.bare, folder, String(publishBatch)), () => recordsInPackedFile(folder)),
  });
  context.earlier.set(job.name, ours);
  return [throughputRow({ job: job.name, what: job.what, atLeast: job.atLeast, ours, bare })];
}

/** Processor time per record, in microseconds. */
export function cpuMicrosPer(records: number, before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / records;
}
