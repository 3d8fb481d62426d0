import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isBuilt, sourceFingerprint } from "./fingerprint.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tapio-fingerprint-"));
  for (const file of ["package-lock.json", "tsconfig.base.json", "libs/a/src/one.ts", "libs/b/c/src/two.ts", "apps/gateway/src/main.ts"])
    write(file);
  for (const project of ["libs/a", "libs/b/c", "apps/gateway"]) {
    write(`${project}/tsconfig.build.json`);
    write(`${project}/dist/index.js`);
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text = "1"): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

describe("the fingerprint of the sources", () => {
  it.each([
    ["a lib's source changes", () => write("libs/a/src/one.ts", "22")],
    ["a nested lib's source changes without a change of its size", () => utimesSync(join(root, "libs/b/c/src/two.ts"), 1, 1)],
    ["a file comes", () => write("apps/gateway/src/new.ts")],
    ["a file goes", () => rmSync(join(root, "libs/a/src/one.ts"))],
    ["the dependencies change", () => write("package-lock.json", "22")],
    ["a package.json comes", () => write("libs/a/package.json")],
  ])("changes when %s", (_, change) => {
    const before = sourceFingerprint(root);
    change();
    expect(sourceFingerprint(root)).not.toBe(before);
  });

  it.each(["libs/a/src/one.test.ts", "libs/a/dist/more.js", "libs/a/node_modules/x/src/y.ts", "libs/a/README.md", "apps/cli/src/main.ts"])(
    "does not change for %s",
    (file) => {
      const before = sourceFingerprint(root);
      write(file);
      expect(sourceFingerprint(root)).toBe(before);
    },
  );
});

describe("the output", () => {
  it("is there when every lib and the gateway has one", () => {
    expect(isBuilt(root)).toBe(true);
  });

  it("is missed in a nested lib too, but not in what the gateway does not use", () => {
    write("apps/cli/tsconfig.build.json");
    write("libs/testing/tsconfig.build.json");
    expect(isBuilt(root)).toBe(true);
    rmSync(join(root, "libs/b/c/dist"), { recursive: true });
    expect(isBuilt(root)).toBe(false);
  });
});
