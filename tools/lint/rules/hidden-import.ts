import { posix } from "node:path";
import { ESLintUtils, type TSESTree } from "@typescript-eslint/utils";
import { staticTexts } from "./static-texts.ts";
import { projectOfFile, workspacePath } from "./project-of-file.ts";

/** Layers that may look at the whole workspace: they start other projects and read their files. */
const seesAll = new Set(["e2e", "tools"]);

type MessageId = "importType" | "require" | "computed" | "unprovable" | "outside";

/** Closes the ways to reach another project that `@nx/enforce-module-boundaries` cannot see. */
export const hiddenImport = ESLintUtils.RuleCreator.withoutDocs<[{ workspaceRoot: string }], MessageId>({
  meta: {
    type: "problem",
    schema: [
      { type: "object", properties: { workspaceRoot: { type: "string" } }, required: ["workspaceRoot"], additionalProperties: false },
    ],
    messages: {
      importType: 'Write `import type { T } from "x"`: the boundary rule does not see `import("x").T`.',
      require: "`{{what}}` hides what is imported from the boundary rule: use an import declaration.",
      computed: "A computed import hides its target from the boundary rule: import a literal.",
      unprovable: "It cannot be shown that this path stays inside its project: write it as a literal that starts with `./` or `../`.",
      outside: "This path leaves its project ({{root}}): import the other lib by its package name.",
    },
  },
  defaultOptions: [{ workspaceRoot: "" }],
  create(context, [{ workspaceRoot }]) {
    const found: { node: TSESTree.Node; messageId: Exclude<MessageId, "outside">; data?: Record<string, string> }[] = [];
    const paths: { node: TSESTree.Node; texts: readonly string[] }[] = [];
    const hides = (node: TSESTree.Node, what: string): void => void found.push({ node, messageId: "require", data: { what } });
    const checkPath = (node: TSESTree.Node, parts: readonly TSESTree.Node[]): void => {
      const texts = joinedTexts(parts);
      if (texts === undefined) found.push({ node, messageId: "unprovable" });
      else paths.push({ node, texts });
    };
    return {
      TSImportType: (node) => void found.push({ node, messageId: "importType" }),
      TSImportEqualsDeclaration: (node) => hides(node, "import x = require()"),
      ImportSpecifier(node): void {
        if (node.imported.type === "Identifier" && node.imported.name === "createRequire") hides(node, "createRequire");
      },
      ImportExpression(node): void {
        if (node.source.type !== "Literal") found.push({ node, messageId: "computed" });
      },
      CallExpression(node): void {
        const { callee } = node;
        if (callee.type === "Identifier" && callee.name === "require") hides(node, "require");
        if (pathJoiners.has(nameOf(callee))) {
          const [base, ...rest] = node.arguments;
          if (base !== undefined && isOwnFolder(base)) checkPath(node, rest);
        }
      },
      MemberExpression(node): void {
        const name = node.property.type === "Identifier" && !node.computed ? node.property.name : "";
        if (name === "createRequire" || name === "getBuiltinModule") hides(node, name);
        if (name === "resolve" && node.object.type === "MetaProperty") hides(node, "import.meta.resolve");
      },
      NewExpression(node): void {
        const [path, base] = node.arguments;
        if (path === undefined || base === undefined || nameOf(node.callee) !== "URL" || !isImportMeta(base, "url")) return;
        checkPath(node, [path]);
      },
      "Program:exit"(): void {
        const file = workspacePath(workspaceRoot, context.filename);
        const project = projectOfFile(file);
        if (project === undefined || project.layers.some((name) => seesAll.has(name))) return;
        found.forEach((problem) => context.report(problem));
        for (const { node, texts } of paths) {
          const leaves = texts.some((text) => !posix.join(posix.dirname(file), text).startsWith(`${project.root}/`));
          if (leaves) context.report({ node, messageId: "outside", data: { root: project.root } });
        }
      },
    };
  },
});

const pathJoiners = new Set(["join", "resolve"]);

/** Every text that the parts may stand for, joined as a path; undefined when one of them cannot be known. */
function joinedTexts(parts: readonly TSESTree.Node[]): readonly string[] | undefined {
  let joined = [""];
  for (const part of parts) {
    const texts = staticTexts(part);
    if (texts === undefined || texts.some((text) => /^[a-z]+:|^\//iu.test(text))) return undefined;
    joined = joined.flatMap((head) => texts.map((text) => (head === "" ? text : `${head}/${text}`)));
  }
  return joined;
}

function nameOf(callee: TSESTree.Expression): string {
  if (callee.type === "Identifier") return callee.name;
  return callee.type === "MemberExpression" && callee.property.type === "Identifier" ? callee.property.name : "";
}

/** `import.meta.dirname`, or what gives the same. */
function isOwnFolder(node: TSESTree.Node): boolean {
  if (isImportMeta(node, "dirname")) return true;
  if (node.type !== "CallExpression") return false;
  const [argument] = node.arguments;
  return argument !== undefined && nameOf(node.callee) === "dirname" && (isImportMeta(argument, "filename") || isFileUrlToPath(argument));
}

function isFileUrlToPath(node: TSESTree.Node): boolean {
  const argument = node.type === "CallExpression" && nameOf(node.callee) === "fileURLToPath" ? node.arguments[0] : undefined;
  return argument !== undefined && isImportMeta(argument, "url");
}

function isImportMeta(node: TSESTree.Node, property: string): boolean {
  return (
    node.type === "MemberExpression" &&
    node.object.type === "MetaProperty" &&
    node.property.type === "Identifier" &&
    node.property.name === property
  );
}
