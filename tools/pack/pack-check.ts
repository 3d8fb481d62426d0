#!/usr/bin/env node
// Shows that the lib in the current folder packs alone: packed with its Tapio dependencies and installed into an empty folder, it is
// imported and passes its contract cases there, under plain Node. `dist` has to be built.
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { runProgram, workspaceRoot } from "../check/run-program.ts";
import { installTarballs } from "./install.ts";
import { packAll } from "./pack.ts";
import { tapioPackages, withDependencies } from "./tapio-packages.ts";

const testing = "@tapio/testing";

async function packCheck(project: string): Promise<number> {
  const { name } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as { name: string };
  const cases = globSync("test/**/*.cases.ts", { cwd: project });
  // The suites that the others run are this one's own content; it is enough that it installs and imports.
  if (cases.length === 0 && name !== testing) throw new Error(`${name} has no test/*.cases.ts to run against the packed lib`);
  const packages = withDependencies(tapioPackages(workspaceRoot), [name, testing]);
  const folder = mkdtempSync(join(tmpdir(), "tapio-pack-"));
  try {
    await installTarballs(folder, await packAll(packages));
    copyCases(project, folder);
    writeFileSync(join(folder, "run.test.js"), runner(name, cases));
    // Nothing of the workspace's own way to run may leak in, least of all its export condition.
    const env = { NODE_OPTIONS: "", NODE_PATH: "" };
    const { code, output } = await runProgram(process.execPath, ["--test", "--test-reporter=spec", join(folder, "run.test.js")], true, env);
    const plain = stripVTControlCharacters(output);
    const count = (what: string): number => Number(new RegExp(`^. ${what} (\\d+)$`, "mu").exec(plain)?.[1] ?? 0);
    const passed = count("pass");
    const failed = Math.max(count("fail") + count("cancelled"), code === 0 && passed > 0 ? 0 : 1);
    mkdirSync(join(project, "reports"), { recursive: true });
    writeFileSync(join(project, "reports", "pack-check.json"), JSON.stringify({ passed, failed, skipped: count("skipped") }));
    return failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copyCases(project: string, folder: string): void {
  if (!existsSync(join(project, "test"))) return;
  cpSync(join(project, "test"), join(folder, "test"), { recursive: true, filter: (file) => !file.endsWith(".test.ts") });
}

/** The cases as tests of Node's own runner. */
function runner(name: string, cases: readonly string[]): string {
  if (cases.length === 0) throw new Error(`${name} has no test/*.cases.ts: there is nothing to check it by`);
  const files = cases.map((file) => `./${file.split(sep).join("/")}`);
  return [
    `import { test } from "node:test";`,
    ...files.map((file) => `for (const { name, run } of (await import(${JSON.stringify(file)})).cases) test(name, () => run());`),
  ].join("\n");
}

try {
  process.exitCode = await packCheck(process.cwd());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
