/** One thing that is checked as a whole: it passes, or it says what is wrong and what to do. */
export interface CheckStep {
  readonly name: string;
  /** Resolves to what is wrong, or to undefined. */
  readonly run: () => Promise<string | undefined>;
}

export interface StepResult {
  readonly name: string;
  readonly problem?: string;
}

/** Runs the steps one after the other, prints a line for each, and goes on after one that fails. */
export async function runSteps(steps: readonly CheckStep[]): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const { name, run } of steps) {
    const startedMs = Date.now();
    const problem = await run().catch((error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)));
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
    console.log(`${problem === undefined ? "ok  " : "FAIL"}  ${name} (${seconds} s)`);
    if (problem !== undefined) console.log(problem.trim().replaceAll(/^/gmu, "      "));
    results.push(problem === undefined ? { name } : { name, problem });
  }
  return results;
}
