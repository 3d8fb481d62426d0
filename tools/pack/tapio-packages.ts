import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface TapioPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly private: boolean;
  /** Names of the Tapio packages that it depends on. */
  readonly dependsOn: readonly string[];
}

/** Every package of the workspace, by name. */
export function tapioPackages(root: string): Map<string, TapioPackage> {
  const patterns = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces: string[] };
  const packages = globSync(
    patterns.workspaces.map((pattern) => `${pattern}/package.json`),
    { cwd: root },
  ).map((file) => {
    const folder = join(root, dirname(file));
    const manifest = JSON.parse(readFileSync(join(root, file), "utf8")) as {
      name: string;
      version: string;
      private?: boolean;
      dependencies?: Record<string, string>;
    };
    const dependsOn = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith("@tapio/"));
    return { name: manifest.name, version: manifest.version, folder, private: manifest.private === true, dependsOn };
  });
  return new Map(packages.map((found) => [found.name, found]));
}

/** The named packages and all Tapio packages below them, each once. */
export function withDependencies(packages: ReadonlyMap<string, TapioPackage>, names: readonly string[]): TapioPackage[] {
  const found = new Map<string, TapioPackage>();
  const visit = (name: string): void => {
    const here = packages.get(name);
    if (here === undefined) throw new Error(`${name} is no package of this workspace`);
    if (found.has(name)) return;
    found.set(name, here);
    here.dependsOn.forEach(visit);
  };
  names.forEach(visit);
  return [...found.values()];
}
