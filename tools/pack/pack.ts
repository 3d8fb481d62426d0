import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { runProgram, workspaceRoot } from "../check/run-program.ts";
import type { TapioPackage } from "./tapio-packages.ts";

const store = join(workspaceRoot, "node_modules", ".cache", "tapio", "tarballs");

/** Packs each package as `npm publish` would, and returns its tarball. What was packed from the same files before is used again. */
export async function packAll(packages: readonly TapioPackage[]): Promise<Map<string, string>> {
  const tarballs = new Map(packages.map((one) => [one.name, join(store, `${basename(one.name)}-${contentHash(one)}.tgz`)]));
  const missing = packages.filter(({ name }) => !existsSync(tarballs.get(name) ?? ""));
  if (missing.length === 0) return tarballs;
  mkdirSync(store, { recursive: true });
  const folder = mkdtempSync(join(store, "packing-"));
  try {
    const folders = missing.map((one) => one.folder);
    const { code, output } = await runProgram("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder, ...folders]);
    if (code !== 0) throw new Error(`npm pack failed:\n${output}`);
    // Another pack-check may do the same at the same time: a rename puts either's file in place whole.
    for (const { name, version } of missing) {
      renameSync(join(folder, `${name.slice(1).replace("/", "-")}-${version}.tgz`), tarballs.get(name) ?? "");
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tarballs;
}

function contentHash({ folder, name }: TapioPackage): string {
  const files = globSync("dist/**/*.{js,ts,map}", { cwd: folder }).sort();
  if (files.length === 0) throw new Error(`${name} is not built. Run: npx nx build ${name}`);
  const hash = createHash("sha256");
  for (const file of ["package.json", ...files]) hash.update(`${file}\0`).update(readFileSync(join(folder, file)));
  return hash.digest("hex").slice(0, 16);
}
