import { isBuiltin } from "node:module";
import { ESLintUtils, type TSESTree } from "@typescript-eslint/utils";
import { layers, projectFolders } from "../layers.ts";
import { graphIsLoaded, projectOfFile, workspacePath } from "./project-of-file.ts";

const nodeGlobals = new Set([
  "process",
  "Buffer",
  "global",
  "require",
  "module",
  "__dirname",
  "__filename",
  "setImmediate",
  "clearImmediate",
]);

type Options = [{ workspaceRoot: string; testFile: boolean }];

/** What `@nx/enforce-module-boundaries` does not say: no graph, no layer, and Node where a layer is to be pure. */
export const layer = ESLintUtils.RuleCreator.withoutDocs<Options, "unchecked" | "homeless" | "untagged" | "builtin" | "global">({
  meta: {
    type: "problem",
    schema: [
      {
        type: "object",
        properties: { workspaceRoot: { type: "string" }, testFile: { type: "boolean" } },
        required: ["workspaceRoot", "testFile"],
        additionalProperties: false,
      },
    ],
    messages: {
      unchecked: "The import boundaries were not checked: there is no Nx project graph. Run the lint through Nx (`npx nx lint <project>`).",
      homeless: "This file is in no project. Give its folder a package.json with a `layer:` tag under `nx.tags`.",
      untagged:
        "The project in {{root}} has {{count}} known `layer:` tags in its package.json; it needs exactly one (tools/lint/layers.ts).",
      builtin: "`layer:{{layer}}` is pure: it may not import {{name}}.",
      global: "`layer:{{layer}}` is pure: it may not use Node's `{{name}}`.",
    },
  },
  defaultOptions: [{ workspaceRoot: "", testFile: false }],
  create(context, [{ workspaceRoot, testFile }]) {
    const sources: TSESTree.StringLiteral[] = [];
    const collect = (node: { source?: TSESTree.Node | null }): void => {
      if (node.source?.type === "Literal" && typeof node.source.value === "string") sources.push(node.source);
    };
    const reportNode = (layerName: string): void => {
      for (const source of sources) {
        if (isBuiltin(source.value)) context.report({ node: source, messageId: "builtin", data: { layer: layerName, name: source.value } });
      }
      for (const { identifier } of context.sourceCode.scopeManager?.globalScope?.through ?? []) {
        const { name } = identifier;
        if (nodeGlobals.has(String(name))) context.report({ node: identifier, messageId: "global", data: { layer: layerName, name } });
      }
    };
    return {
      ImportDeclaration: collect,
      ExportNamedDeclaration: collect,
      ExportAllDeclaration: collect,
      ImportExpression: collect,
      "Program:exit"(program): void {
        if (!graphIsLoaded()) return context.report({ node: program, messageId: "unchecked" });
        const file = workspacePath(workspaceRoot, context.filename);
        const project = projectOfFile(file);
        if (project === undefined) {
          if (projectFolders.some((folder) => file.startsWith(`${folder}/`))) context.report({ node: program, messageId: "homeless" });
          return;
        }
        const [name] = project.layers;
        if (name === undefined || project.layers.length > 1) {
          context.report({ node: program, messageId: "untagged", data: { root: project.root, count: String(project.layers.length) } });
        } else if (!layers[name].node && !testFile) {
          reportNode(name);
        }
      },
    };
  },
});
