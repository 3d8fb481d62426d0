import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readCachedProjectGraph, type ProjectGraph, type ProjectGraphProjectNode } from "@nx/devkit";
import { createProjectRootMappings, readFileMapCache } from "@nx/devkit/internal";
import { TargetProjectLocator } from "@nx/js/internal";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { layerNames, type LayerName } from "./layers.ts";
import { ensureProjectGraph } from "./project-graph.ts";

export const workspaceRoot = dirname(dirname(import.meta.dirname));

/** A project that is in the graph and nowhere else. */
export interface VirtualProject {
  readonly root: string;
  readonly packageName: string;
}

export function virtualProject(name: LayerName | "untagged" | "two-layers"): VirtualProject {
  return { root: `libs/virtual-${name}`, packageName: `@tapio/virtual-${name}` };
}

/** The real project graph, with one more project for each layer (also for those that have none yet), one untagged, one with two layers. */
export async function virtualGraph(): Promise<ProjectGraph> {
  await ensureProjectGraph();
  const real = readCachedProjectGraph();
  const nodes = { ...real.nodes };
  const add = (name: Parameters<typeof virtualProject>[0], tags: string[]): void => {
    const { root, packageName } = virtualProject(name);
    nodes[packageName] = node(packageName, root, tags);
  };
  for (const name of layerNames) add(name, [`layer:${name}`]);
  add("untagged", []);
  add("two-layers", ["layer:domain", "layer:runtime"]);
  const dependencies = { ...real.dependencies };
  for (const name of Object.keys(nodes)) dependencies[name] ??= [];
  return { ...real, nodes, dependencies };
}

function node(packageName: string, root: string, tags: string[]): ProjectGraphProjectNode {
  const js = { packageName, packageVersion: "0.1.0", packageExports: "./src/index.ts", isInPackageManagerWorkspaces: true };
  return { name: packageName, type: "lib", data: { root, tags, targets: {}, metadata: { js } } };
}

/** Gives the boundary rule this graph instead of the one on disk. */
export function installGraph(graph: ProjectGraph): void {
  // The rule keeps its graph in these globals, and reads it anew for each file unless it believes that it runs in ESLint's terminal program.
  process.argv[1] = join(dirname(createRequire(import.meta.url).resolve("eslint/package.json")), "bin", "eslint.js");
  Object.assign(globalThis, {
    projectGraph: graph,
    projectRootMappings: createProjectRootMappings(graph.nodes),
    projectFileMap: readFileMapCache()?.fileMap.projectFileMap ?? {},
    targetProjectLocator: new TargetProjectLocator(graph.nodes, graph.externalNodes),
  });
}

/** ESLint with the workspace's own configuration; without types, so that files may be virtual, unless `typed`. */
export function createLinter(options: { typed?: boolean } = {}): ESLint {
  const untyped = [tseslint.configs.disableTypeChecked, { languageOptions: { parserOptions: { projectService: false } } }];
  return new ESLint({ cwd: workspaceRoot, overrideConfig: options.typed === true ? [] : untyped });
}

/** What ESLint says about `text` as the content of `file`, as `rule` or `rule/message`. */
export async function problemsOf(linter: ESLint, file: string, text: string): Promise<string[]> {
  const [result] = await linter.lintText(text, { filePath: join(workspaceRoot, file), warnIgnored: true });
  return (result?.messages ?? []).map((found) =>
    found.messageId === undefined ? (found.ruleId ?? found.message) : `${String(found.ruleId)}/${found.messageId}`,
  );
}
