import { availableParallelism, cpus, totalmem } from "node:os";
import type { CommandLine } from "./command-line.ts";
import { allJobs } from "./jobs/all-jobs.ts";
import type { JobContext } from "./jobs/job.ts";
import type { JobRow } from "./report/job-row.ts";

/** A share of the measured time is spent before it, so that compilers and caches are warm. */
const warmUpShare = 0.3;
const warmUpSecondsMax = 3;

/** Runs the jobs of the command line, one after the other. */
export async function runBenchmark(asked: CommandLine, progress: (text: string) => void): Promise<readonly JobRow[]> {
  const context: JobContext = {
    ...asked,
    warmUpSeconds: Math.min(warmUpSecondsMax, asked.seconds * warmUpShare),
    progress,
    earlier: new Map(),
  };
  const rows: JobRow[] = [];
  for (const job of allJobs.filter(({ name }) => asked.jobs.includes(name))) rows.push(...(await job.run(context)));
  return rows;
}

/** What the figures were measured on. */
export function describeMachine(): string {
  const memoryGibibytes = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${memoryGibibytes} GiB, ${process.platform}`;
}
