import { createProjectGraphAsync, readCachedProjectGraph } from "@nx/devkit";

/**
 * Makes sure that the boundary rule has a project graph: without one it prints "the rule will be skipped" and lets everything
 * through. As a task of Nx the graph was just written; anyone else (an editor, plain `eslint`) gets a new one. Throws when there is none.
 */
export async function ensureProjectGraph(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (env["NX_TASK_TARGET_PROJECT"] === undefined) await createProjectGraphAsync({ exitOnError: false });
  readCachedProjectGraph();
}
