import { beforeAll, describe, expect, it } from "vitest";
import type { ESLint } from "eslint";
import { createLinter, problemsOf, virtualProject } from "./virtual-workspace.ts";

/** Rules that need types need a file that exists; its text comes from the test. */
const realFile = "libs/integrations/core/src/health.ts";
let linter: ESLint;

beforeAll(async () => {
  linter = createLinter({ typed: true });
  await problemsOf(linter, realFile, "");
});

describe("lint refuses", () => {
  it.each([
    [
      "a promise that nobody awaits",
      "declare function f(): Promise<void>;\nexport function g(): void {\n  f();\n}",
      "no-floating-promises/floatingVoid",
    ],
    [
      "a promise where a condition stands",
      "declare const p: Promise<boolean>;\nexport const y = p ? 1 : 2;",
      "no-misused-promises/conditional",
    ],
    ["any", "export function f(x: any): unknown {\n  return x;\n}", "no-explicit-any/unexpectedAny"],
    ["a non-null assertion", "export const f = (x?: string): string => x!;", "no-non-null-assertion/noNonNull"],
    [
      "an import of a type as a value",
      `import { IntegrationError } from "./integration-error.ts";\nexport type Y = IntegrationError;`,
      "consistent-type-imports/typeOverValue",
    ],
    [
      "a switch that forgets a case",
      `export function f(x: "a" | "b"): number {\n  let y = 0;\n  switch (x) {\n    case "a":\n      y = 1;\n  }\n  return y;\n}`,
      "switch-exhaustiveness-check/switchIsNotExhaustive",
    ],
    ["a thrown string", `export function f(): never {\n  throw "no";\n}`, "only-throw-error/object"],
  ])("%s", async (_, text, rule) => {
    expect(await problemsOf(linter, realFile, `${text}\n`)).toEqual([`@typescript-eslint/${rule}`]);
  });

  it.each([
    ["export *", `export * from "./outcome.ts";`, "no-restricted-syntax"],
    ["export * under a name", `export * as all from "./outcome.ts";`, "no-restricted-syntax"],
    ["a default export", "export default 1;", "no-restricted-exports"],
    ["a default export by name", "const x = 1;\nexport { x as default };", "no-restricted-exports"],
    ["console", `console.log("x");`, "no-console"],
    ["a disabled rule that is not needed", "// eslint-disable-next-line no-console\nexport const y = 1;", "Unused eslint-disable"],
  ])("%s", async (_, text, rule) => {
    const problems = await problemsOf(linter, realFile, `${text}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(rule);
  });

  it.each(["utils.ts", "helpers.test.ts", "common.ts", "recordView.ts", "record_view.ts"])("a file named %s", async (name) => {
    const untyped = createLinter();
    const problems = await problemsOf(untyped, `${virtualProject("runtime").root}/src/${name}`, "export const y = 1;\n");
    expect(problems.filter((problem) => problem.startsWith("tapio/file-name"))).toHaveLength(1);
  });
});

it("lint lets sound code through", async () => {
  const text = `import type { Outcome } from "./outcome.ts";\n\nexport async function f(p: Promise<Outcome>): Promise<Outcome> {\n  return await p;\n}\n`;
  expect(await problemsOf(linter, realFile, text)).toEqual([]);
});
