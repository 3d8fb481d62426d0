import { createHash } from "node:crypto";
import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the built gateway depends on, from the workspace's root. */
const inputs = ["libs/**/src/**/*.ts", "apps/gateway/src/**/*.ts", "{libs,apps}/**/package.json", "{libs,apps}/**/tsconfig.build.json"];
const skipped = new Set(["node_modules", "dist", "reports", "testdata", ".nx"]);

/**
 * One value that changes whenever a source file of the gateway or of a lib is changed, added or deleted, or the dependencies are:
 * it is made of names, sizes and times alone, for it is asked at every start.
 */
export function sourceFingerprint(root: string): string {
  const hash = createHash("sha256");
  const files = inputs.flatMap((pattern) => globSync(pattern, { cwd: root, exclude: (name) => skipped.has(name) }));
  for (const file of ["package-lock.json", "tsconfig.base.json", ...files.filter((name) => !name.endsWith(".test.ts")).sort()]) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** Whether the output of the gateway and of every lib that it may use is there. */
export function isBuilt(root: string): boolean {
  const projects = globSync(["libs/*", "libs/*/*", "apps/gateway"], { cwd: root }).filter((project) => project !== "libs/testing");
  return projects.every((project) => !existsSync(join(root, project, "tsconfig.build.json")) || existsSync(join(root, project, "dist")));
}
