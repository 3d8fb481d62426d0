import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TaskOutcome, TestCount } from "./tally.ts";

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
  readonly testResults: readonly { readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[] }[];
}

interface CoverageSummary {
  readonly total: Readonly<Record<"lines" | "branches", { readonly pct: number | "Unknown" }>>;
}

const leftOut = new Set(["skipped", "pending", "todo", "disabled"]);

/** Deletes what an earlier run left, so that nothing old is counted. Nx brings back the reports of what it takes from its cache. */
export function dropReports(root: string): void {
  const files = globSync(["{libs,apps}/*/reports", "libs/*/*/reports", "{e2e,bench,tools}/reports"], { cwd: root });
  for (const file of files) rmSync(join(root, file), { recursive: true, force: true });
}

/** What a task counted; undefined when it left no report. */
export function readCount(root: string, { root: project, target }: TaskOutcome): TestCount | undefined {
  const file = join(root, project, "reports", target === "test" ? "test.json" : `${target}.json`);
  if (!existsSync(file)) return undefined;
  const report: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (target !== "test") return packCount(report as { passed: number; failed: number; skipped: number });
  const { numPassedTests, numFailedTests, success, testResults } = report as VitestReport;
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const skipped = all.filter(({ status }) => leftOut.has(status)).map(({ fullName }) => fullName);
  // A test file that cannot even be loaded has no failed test in it.
  return { passed: numPassedTests, failed: Math.max(numFailedTests, success ? 0 : 1), skipped };
}

function packCount({ passed, failed, skipped }: { passed: number; failed: number; skipped: number }): TestCount {
  return { passed, failed, skipped: Array.from({ length: skipped }, () => "a contract case") };
}

/** One line for each project that measures its coverage. */
export function coverageLines(root: string, tasks: readonly TaskOutcome[]): string[] {
  return tasks.flatMap(({ id, root: project, target }) => {
    const file = join(root, project, "reports", "coverage", "coverage-summary.json");
    if (target !== "test" || !existsSync(file)) return [];
    const { total } = JSON.parse(readFileSync(file, "utf8")) as CoverageSummary;
    const percent = (value: number | "Unknown"): string => (value === "Unknown" ? "no" : value.toFixed(1)).padStart(5);
    return [`${percent(total.lines.pct)} % lines  ${percent(total.branches.pct)} % branches  ${id.replace(/:test$/u, "")}`];
  });
}
