import { spawnSync } from "node:child_process";

/**
 * Whether a program that a test needs is there. Where it is missing, the test is skipped with a line that says so; in CI that is a failure, since CI
 * installs what the tests need.
 */
export function hasProgram(name: string): boolean {
  const found = spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
  if (!found && process.env["CI"] === "true") throw new Error(`${name} is missing: .ci/run should have installed it`);
  if (!found) process.stderr.write(`skipped: ${name} is not installed\n`);
  return found;
}
