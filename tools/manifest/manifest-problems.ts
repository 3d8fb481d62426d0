import { isBuiltin } from "node:module";

export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** The specifiers that a project's files import. */
export interface Imports {
  /** By what ships. */
  readonly source: ReadonlySet<string>;
  /** By its tests, benchmarks and configuration. */
  readonly tests: ReadonlySet<string>;
}

/**
 * What is wrong with the dependencies that a package.json names, seen from what its files import: exactly those packages are to be named.
 * @param shared packages of the workspace's root that every project's tests may use
 */
export function manifestProblems(manifest: Manifest, imports: Imports, shared: ReadonlySet<string>): string[] {
  const named = new Set(Object.keys(manifest.dependencies ?? {}));
  const dev = new Set(Object.keys(manifest.devDependencies ?? {}));
  const source = packagesOf(imports.source, manifest.name);
  const tests = packagesOf(imports.tests, manifest.name);
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  return [
    ...[...source].filter((name) => !named.has(name)).map((name) => `${name} is imported but not in "dependencies"`),
    ...[...named].filter((name) => !source.has(name)).map((name) => unused(name, tests)),
    ...[...tests]
      .filter((name) => ![named, dev, shared].some((set) => set.has(name)))
      .map((name) => `${name} is imported by tests but not in "devDependencies"`),
    ...[...dev].filter((name) => !tests.has(name)).map((name) => `${name} is in "devDependencies" but no test imports it`),
    ...[...dev].filter((name) => named.has(name)).map((name) => `${name} is in "dependencies" and in "devDependencies"`),
    ...ranges
      .filter(([, range]) => !/^(npm:@?[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/u.test(range))
      .map(([name, range]) => `${name} is not pinned exactly: ${range}`),
  ];
}

function unused(name: string, tests: ReadonlySet<string>): string {
  return tests.has(name)
    ? `${name} is in "dependencies" but tests alone import it: move it to "devDependencies"`
    : `${name} is in "dependencies" but nothing imports it`;
}

/** The packages behind the specifiers: no relative paths, no Node, not the project itself. */
function packagesOf(specifiers: ReadonlySet<string>, self: string): Set<string> {
  const names = [...specifiers].filter((name) => !/^[./#]/u.test(name) && !isBuiltin(name)).map(packageOf);
  return new Set(names.filter((name) => name !== self));
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
