import { relative, sep } from "node:path";
import { layerNames, type LayerName } from "../layers.ts";

/** As much of the Nx project graph as is read here. `@nx/enforce-module-boundaries` leaves it in this global once it has loaded it. */
interface GraphHolder {
  projectGraph?: {
    readonly nodes: Readonly<Record<string, { readonly data: { readonly root: string; readonly tags?: readonly string[] } }>>;
  };
}

export interface FileProject {
  /** The project's folder, from the workspace's root. */
  readonly root: string;
  /** The layers that its tags name; a sound project has exactly one. */
  readonly layers: readonly LayerName[];
}

/** Whether the boundary rule had a graph to check against; without one it lets everything through. */
export function graphIsLoaded(): boolean {
  return (globalThis as GraphHolder).projectGraph !== undefined;
}

/** The project that a file (a path from the workspace's root, with `/`) belongs to: the one with the longest folder above it. */
export function projectOfFile(file: string): FileProject | undefined {
  let best: FileProject | undefined;
  for (const { data } of Object.values((globalThis as GraphHolder).projectGraph?.nodes ?? {})) {
    const inside = data.root !== "." && file.startsWith(`${data.root}/`);
    if (inside && data.root.length > (best?.root.length ?? 0)) {
      best = { root: data.root, layers: (data.tags ?? []).flatMap((tag) => layerNames.filter((name) => tag === `layer:${name}`)) };
    }
  }
  return best;
}

/** A file's path from the workspace's root, with `/` on every system. */
export function workspacePath(workspaceRoot: string, file: string): string {
  return relative(workspaceRoot, file).split(sep).join("/");
}
