import { readCommandLine, usage, type CommandLine } from "./command-line.ts";
import { allJobs } from "./jobs/all-jobs.ts";
import { isReached } from "./report/job-row.ts";
import { renderTable } from "./report/table.ts";
import { describeMachine, runBenchmark } from "./run-benchmark.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  let asked: CommandLine;
  try {
    asked = readCommandLine(
      args,
      allJobs.map(({ name }) => name),
    );
  } catch (reason) {
    process.stderr.write(`${reason instanceof Error ? reason.message : String(reason)}\n\n${usage}`);
    return 2;
  }
  if (asked.help) {
    process.stdout.write(usage);
    return 0;
  }
  const rows = await runBenchmark(asked, (text) => process.stderr.write(`${text}\n`));
  if (asked.json) process.stdout.write(`${JSON.stringify({ machine: describeMachine(), rows }, null, 2)}\n`);
  else process.stdout.write(`${describeMachine()}; ${asked.rounds} rounds of ${asked.seconds} s\n\n${renderTable(rows)}`);
  return rows.every(isReached) ? 0 : 1;
}
