// `npm test`: everything that must hold, and one count of it all as the last line.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contractChecks } from "../contracts/checks.ts";
import { runSteps, type CheckStep } from "./check-step.ts";
import { coverageLines, dropReports, readCount } from "./reports.ts";
import { runProgram, workspaceRoot } from "./run-program.ts";
import { addTallies, slowestLines, tallyTask, type TaskOutcome } from "./tally.ts";

const targets = ["lint", "typecheck", "test", "pack-check"];
const inCi = ["1", "true"].includes(process.env["CI"] ?? "");

const formatCheck: CheckStep = {
  name: "format: prettier",
  run: async () => {
    const args = ["--check", "--cache", "--log-level", "warn", "."];
    const { code, output } = await runProgram("prettier", args);
    return code === 0 ? undefined : `${output.trim()}\nRun: npm run format`;
  },
};

async function main(): Promise<number> {
  const startedMs = Date.now();
  const steps = await runSteps([...contractChecks, formatCheck]);
  const tasks = await runTasks();
  const problems = steps.filter(({ problem }) => problem !== undefined);
  const { passed, failed, notes } = addTallies([
    { passed: steps.length - problems.length, failed: problems.length, notes: problems.map(({ name }) => `${name}: failed`) },
    ...tasks.map((task) => tallyTask(task, readCount(workspaceRoot, task), inCi)),
    ...(tasks.length === 0 ? [{ passed: 0, failed: 1, notes: ["Nx ran no task; what it said stands above"] }] : []),
  ]);
  section("Slowest", slowestLines(tasks, 8));
  section("Coverage", coverageLines(workspaceRoot, tasks).sort());
  section("To look at", notes);
  console.log(`\nChecked in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
  return finish(passed, failed);
}

/** Prints the count as the last line, and leaves it where `.ci/run` asked for it. */
function finish(passed: number, failed: number): number {
  const count = `${passed} passed, ${failed} failed`;
  console.log(count);
  const file = process.env["TAPIO_COUNT_FILE"];
  if (file !== undefined) writeFileSync(file, count);
  return failed === 0 ? 0 : 1;
}

/** Runs the targets of every project through Nx, which takes from its cache what has not changed. */
async function runTasks(): Promise<TaskOutcome[]> {
  dropReports(workspaceRoot);
  const folder = mkdtempSync(join(tmpdir(), "tapio-check-"));
  const report = join(folder, "tasks.json");
  try {
    const args = ["run-many", "-t", ...targets];
    await runProgram("nx", args, true, { TAPIO_TASK_REPORT: report, NX_DAEMON: "false", NX_TUI: "false" });
    return existsSync(report) ? (JSON.parse(readFileSync(report, "utf8")) as TaskOutcome[]) : [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function section(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`\n${title}\n${lines.map((line) => `  ${line}`).join("\n")}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error);
  process.exitCode = finish(0, 1);
}
