/** How one Nx task ended, as `report-tasks.mjs` writes it. */
export interface TaskOutcome {
  readonly id: string;
  /** The project's folder, from the workspace's root. */
  readonly root: string;
  readonly target: string;
  readonly status: string;
  readonly durationMs: number;
}

/** What a task that runs tests has counted. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  /** The names of the tests that were left out. */
  readonly skipped: readonly string[];
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** One line for each failure, and for each test that was skipped. */
  readonly notes: readonly string[];
}

const countingTargets = new Set(["test", "pack-check"]);

/**
 * What one task adds to the closing count. A task that runs tests adds those, any other task adds one. A task that failed although none
 * of its tests did (a coverage threshold, a crash) adds one failure, and so does one that passed without saying what it ran.
 * @param strict skipped tests count as failed: where everything that they need has been installed, nothing may be left out
 */
export function tallyTask(task: TaskOutcome, count: TestCount | undefined, strict: boolean): Tally {
  const ended = outcomeOf(task.status);
  if (ended === "not run") return { passed: 0, failed: 1, notes: [`${task.id}: not run, because something that it needs failed`] };
  if (!countingTargets.has(task.target)) {
    return ended === "passed" ? { passed: 1, failed: 0, notes: [] } : { passed: 0, failed: 1, notes: [`${task.id}: failed`] };
  }
  if (count === undefined) return { passed: 0, failed: 1, notes: [`${task.id}: ${ended}, but left no report`] };
  const skipped = count.skipped.map((name) => `${task.id}: skipped${strict ? ", which fails in CI" : ""}: ${name}`);
  const notes = [...skipped];
  let failed = count.failed + (strict ? skipped.length : 0);
  if (count.failed > 0) notes.push(`${task.id}: ${count.failed} of ${count.failed + count.passed} tests failed`);
  if (ended === "failed" && count.failed === 0) {
    failed += 1;
    notes.push(`${task.id}: failed although no test did (coverage below the threshold, or a crash)`);
  }
  return { passed: count.passed, failed, notes };
}

export function addTallies(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
    notes: tallies.flatMap(({ notes }) => notes),
  };
}

/** One line for each of the tasks that took longest, of those that took a second or more. */
export function slowestLines(tasks: readonly TaskOutcome[], max: number): string[] {
  const slow = tasks.filter(({ durationMs }) => durationMs >= 1000).sort((a, b) => b.durationMs - a.durationMs);
  return slow.slice(0, max).map(({ id, durationMs }) => `${(durationMs / 1000).toFixed(1).padStart(6)} s  ${id}`);
}

function outcomeOf(status: string): "passed" | "failed" | "not run" {
  if (status === "skipped") return "not run";
  // Nx has several words for what it took from the cache; only what passed is kept there.
  return status === "success" || status.includes("cache") ? "passed" : "failed";
}
