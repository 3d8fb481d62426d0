import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuleTester, type Rule } from "eslint";
import tseslint from "typescript-eslint";
import { afterAll, describe, expect, it } from "vitest";
import { layer } from "./rules/layer.ts";
import { workspaceRoot } from "./virtual-workspace.ts";

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Runs the `eslint` program as a person would, on a text given as the content of `file`, with no project graph left from an earlier run. */
async function eslint(file: string, text: string): Promise<{ code: number; output: string }> {
  const data = await mkdtemp(join(tmpdir(), "tapio-nx-"));
  folders.push(data);
  const { NX_TASK_TARGET_PROJECT: _, FORCE_COLOR: __, ...env } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(workspaceRoot, "node_modules/eslint/bin/eslint.js"), "--stdin", "--stdin-filename", join(workspaceRoot, file)],
      { cwd: workspaceRoot, env: { ...env, NX_WORKSPACE_DATA_DIRECTORY: data, NX_DAEMON: "false", NO_COLOR: "1" } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
    child.stdin?.end(text);
  });
}

describe("plain eslint, without a project graph at hand", () => {
  it("makes one and refuses an integration that imports another", async () => {
    const text = `import { x } from "@tapio/integration-prometheus";\n\nexport const y = x;\n`;
    const { code, output } = await eslint("libs/integrations/otel/src/index.ts", text);
    expect(output).toContain("@nx/enforce-module-boundaries");
    expect(output).not.toContain("rule will be skipped");
    expect(code).toBe(1);
  });

  it("lets a sound import through", async () => {
    const text = `import type { Outcome } from "@tapio/integration-core";\n\nexport type Y = Outcome;\n`;
    expect(await eslint("libs/integrations/otel/src/index.ts", text)).toEqual({ code: 0, output: "" });
  });
});

// The two packages' types for a rule differ in members that ESLint has dropped.
const rule = layer as unknown as Rule.RuleModule;
RuleTester.describe = describe;
RuleTester.it = it;
new RuleTester({ languageOptions: { parser: tseslint.parser } }).run("tapio/layer, when the boundary rule had no graph", rule, {
  valid: [],
  invalid: [
    {
      code: "export const y = 1;",
      filename: join(workspaceRoot, "libs/domain/src/index.ts"),
      options: [{ workspaceRoot, testFile: false }],
      errors: [{ messageId: "unchecked" }],
    },
  ],
});
