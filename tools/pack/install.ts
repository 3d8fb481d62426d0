import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram, workspaceRoot } from "../check/run-program.ts";

interface LockEntry {
  readonly version?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
}

/** Installs tarballs (by package name) into an empty folder that knows nothing of the workspace. */
export async function installTarballs(folder: string, tarballs: ReadonlyMap<string, string>): Promise<void> {
  const dependencies = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  const manifest = { name: "pack-check", version: "0.0.0", private: true, type: "module", dependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(knownVersions(manifest)));
  const args = ["install", "--prefix", folder, "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { code, output } = await runProgram("npm", args);
  if (code !== 0) throw new Error(`npm install of ${[...tarballs.keys()].join(", ")} failed:\n${output}`);
}

/**
 * A lock file with the workspace's third-party versions: the install then takes what the workspace was tested with, and asks the registry
 * for no lists of versions. What nobody needs of it, npm drops.
 */
function knownVersions(manifest: object): object {
  const lock = JSON.parse(readFileSync(join(workspaceRoot, "package-lock.json"), "utf8")) as { packages: Record<string, LockEntry> };
  const thirdParty = Object.entries(lock.packages).filter(
    ([path, entry]) =>
      path.startsWith("node_modules/") && !path.startsWith("node_modules/@tapio/") && entry.link !== true && entry.dev !== true,
  );
  return {
    name: "pack-check",
    version: "0.0.0",
    lockfileVersion: 3,
    requires: true,
    packages: Object.fromEntries([["", manifest], ...thirdParty]),
  };
}
