import { beforeAll, describe, expect, it } from "vitest";
import type { ESLint } from "eslint";
import { createLinter, installGraph, problemsOf, virtualGraph, virtualProject } from "./virtual-workspace.ts";

const { root, packageName } = { root: virtualProject("integration").root, packageName: virtualProject("journal").packageName };
let linter: ESLint;

beforeAll(async () => {
  installGraph(await virtualGraph());
  linter = createLinter();
});

describe("an import that the boundary rule does not see", () => {
  it.each([
    ["a type import in place", `export type Y = import("${packageName}").X;`, "importType"],
    ["the type of a module", `export type Y = typeof import("${packageName}");`, "importType"],
    ["import equals require", `import x = require("${packageName}");\nexport const y = x;`, "require"],
    ["createRequire", `import { createRequire } from "node:module";\nexport const y = createRequire(import.meta.url);`, "require"],
    ["createRequire under another name", `import { createRequire as load } from "node:module";\nexport const y = load;`, "require"],
    ["createRequire as a member", `import * as m from "node:module";\nexport const y = m.createRequire;`, "require"],
    ["getBuiltinModule", `export const y = process.getBuiltinModule("node:module");`, "require"],
    ["import.meta.resolve", `export const y = import.meta.resolve("${packageName}");`, "require"],
    ["a computed import", `const name = "${packageName}";\nexport const y = await import(name);`, "computed"],
    ["an import of a template", `export const y = await import(\`${packageName}\`);`, "computed"],
    ["an import of a sum", `export const y = await import("@tapio/" + "virtual-journal");`, "computed"],
    ["a URL that leaves the project", `export const y = new URL("../../virtual-journal/src/index.ts", import.meta.url);`, "outside"],
    ["a URL that is the project's parent", `export const y = new URL("../..", import.meta.url);`, "outside"],
    ["a URL template that leaves", `export const y = (n: string) => new URL(\`../../virtual-\${n}/x.ts\`, import.meta.url);`, "outside"],
    ["one branch that leaves", `export const y = (a: boolean) => new URL(a ? "./a.ts" : "../../b/a.ts", import.meta.url);`, "outside"],
    ["a computed URL", `export const y = (path: string) => new URL(path, import.meta.url);`, "unprovable"],
    ["a URL that starts with a hole", `export const y = (up: string) => new URL(\`\${up}/x.ts\`, import.meta.url);`, "unprovable"],
    ["an absolute URL path", `export const y = new URL("file:///libs/x.ts", import.meta.url);`, "unprovable"],
    [
      "a joined path that leaves",
      `import { join } from "node:path";\nexport const y = join(import.meta.dirname, "..", "../virtual-journal");`,
      "outside",
    ],
  ])("is refused: %s", async (_, text, message) => {
    expect(await problemsOf(linter, `${root}/src/fixture.ts`, `${text}\n`)).toContain(`tapio/hidden-import/${message}`);
  });

  it.each(["src/fixture.test.ts", "test/contract.cases.ts"])("is refused in a test too: %s", async (file) => {
    const text = `export const y = new URL("../../virtual-journal/src/index.ts", import.meta.url);\n`;
    expect(await problemsOf(linter, `${root}/${file}`, text)).toEqual(["tapio/hidden-import/outside"]);
  });

  it("is refused as a path reference", async () => {
    const problems = await problemsOf(linter, `${root}/src/fixture.ts`, `/// <reference path="../../virtual-journal/src/index.ts" />\n`);
    expect(problems).toEqual(["@typescript-eslint/triple-slash-reference/tripleSlashReference"]);
  });

  it.each(["eval('1')", "new Function('return 1')()"])("is refused as code in a string: %s", async (text) => {
    expect(await problemsOf(linter, `${root}/src/fixture.ts`, `export const y = ${text} as unknown;\n`)).toHaveLength(1);
  });
});

describe("a path that stays inside its project", () => {
  it.each([
    `new URL("./worker.ts", import.meta.url)`,
    `new URL("../testdata/x.json", import.meta.url)`,
    `new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url)`,
    "new URL(`./worker.${import.meta.url.slice(-2)}`, import.meta.url)",
    `new URL(process.argv[2] ?? "", "http://localhost")`,
  ])("passes: %s", async (expression) => {
    expect(await problemsOf(linter, `${root}/src/fixture.ts`, `export const y = ${expression};\n`)).toEqual([]);
  });

  it("is not asked of whole-process tests, which start other projects", async () => {
    const text = `export const y = new URL("../../../apps/gateway/src/main.ts", import.meta.url);\n`;
    expect(await problemsOf(linter, `${virtualProject("e2e").root}/src/fixture.ts`, text)).toEqual([]);
  });
});

describe("Node in a pure layer", () => {
  it.each(["process", "Buffer", "setImmediate"])("is refused as the global %s", async (name) => {
    const text = `export const y = ${name};\n`;
    expect(await problemsOf(linter, `${virtualProject("domain").root}/src/fixture.ts`, text)).toEqual(["tapio/layer/global"]);
    expect(await problemsOf(linter, `${virtualProject("runtime").root}/src/fixture.ts`, text)).toEqual([]);
  });

  it.each([
    `export const y = await import("node:fs");`,
    `export { readFile } from "node:fs";`,
    `import type { X } from "node:fs";\nexport type Y = X;`,
  ])("is refused as %s", async (text) => {
    expect(await problemsOf(linter, `${virtualProject("core").root}/src/fixture.ts`, `${text}\n`)).toEqual(["tapio/layer/builtin"]);
  });

  it("is not a parameter that happens to be called process", async () => {
    const text = `export function run(process: () => void): void {\n  process();\n}\n`;
    expect(await problemsOf(linter, `${virtualProject("domain").root}/src/fixture.ts`, text)).toEqual([]);
  });
});
