import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A clone as small as the bootstrap needs: its Node is a script that prints a version, its npm one that notes what it was asked. */
let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "tapio-bootstrap-"));
  write("package.json", JSON.stringify({ optionalDependencies: { "node-elsewhere": "26.10.0", "node-here": "26.10.0" } }));
  write("package-lock.json", "{}");
  write(
    "npm.js",
    `const fs = require("node:fs"); fs.writeFileSync("asked", process.argv.slice(2).join(" ")); console.log("npm speaks");
     if (fs.existsSync("npm-fails")) process.exit(7); fs.writeFileSync("node_modules/.package-lock.json", "{}");`,
  );
  mkdirSync(join(clone, "tools"));
  copyFileSync(join(import.meta.dirname, "bootstrap.mjs"), join(clone, "tools/bootstrap.mjs"));
  installNode("#!/bin/sh\necho v26.10.0\n");
  write("node_modules/.package-lock.json", "{}");
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(clone, file)), { recursive: true });
  writeFileSync(join(clone, file), text);
}

function installNode(script: string): void {
  write("node_modules/node-here/package.json", "{}");
  for (const file of ["node_modules/node-here/bin/node", "node_modules/.bin/node"]) {
    write(file, script);
    chmodSync(join(clone, file), 0o755);
  }
}

function bootstrap(): { code: number | null; stdout: string; stderr: string; asked: string } {
  const env = { ...process.env, npm_execpath: join(clone, "npm.js"), npm_node_execpath: process.execPath };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(clone, "tools/bootstrap.mjs")], { encoding: "utf8", env });
  const asked = spawnSync("cat", [join(clone, "asked")], { encoding: "utf8" }).stdout;
  return { code: status, stdout, stderr, asked };
}

describe.skipIf(process.platform === "win32")("the bootstrap", () => {
  it("says and does nothing when all is well", () => {
    expect(bootstrap()).toEqual({ code: 0, stdout: "", stderr: "", asked: "" });
  });

  it("installs when an install never came to its end, and keeps stdout clean", () => {
    rmSync(join(clone, "node_modules/.package-lock.json"));
    const { code, stdout, stderr, asked } = bootstrap();
    expect({ code, stdout, asked }).toEqual({ code: 0, stdout: "", asked: "ci --no-audit --no-fund --loglevel=error" });
    expect(stderr).toMatch(/installing the dependencies[^]*npm speaks[^]*Installed in \d+ s\./u);
  });

  it("installs when the lock file has changed since, and then no more", () => {
    const later = new Date(Date.now() + 60_000);
    write("package-lock.json", `{"changed":true}`);
    utimesSync(join(clone, "package-lock.json"), later, later);
    expect(bootstrap().asked).toContain("ci");
    rmSync(join(clone, "asked"));
    expect(bootstrap()).toMatchObject({ code: 0, stderr: "", asked: "" });
  });

  it("believes an install by hand that came after the lock file's change", () => {
    const earlier = new Date(Date.now() - 60_000);
    utimesSync(join(clone, "package-lock.json"), earlier, earlier);
    expect(bootstrap().asked).toBe("");
    expect(readFileSync(join(clone, "node_modules/.tapio-installed"), "utf8")).toMatch(/^[0-9a-f]{64}$/u);
  });

  it("says what to do when the install fails", () => {
    rmSync(join(clone, "node_modules/.package-lock.json"));
    write("npm-fails", "");
    const { code, stderr } = bootstrap();
    expect(code).toBe(1);
    expect(stderr).toContain("Set-up failed. npm ci failed (exit code 7)");
    expect(stderr).toContain("npm ping");
  });

  it.each([
    ["is another version", "#!/bin/sh\necho v20.0.0\n", "is Node v20.0.0, but 26.10.0 is pinned. Delete node_modules"],
    ["crashes", "#!/bin/sh\necho broken >&2\nexit 3\n", "does not run: broken"],
    ["needs a newer glibc", "#!/bin/sh\necho 'version GLIBC_2.28 not found' >&2\nexit 1\n", "use a newer distribution"],
    ["has no loader, as on Alpine", "#!/no/such/loader\n", "likely a musl system"],
  ])("names the fix when the installed Node %s", (_, script, fix) => {
    installNode(script);
    const { code, stderr } = bootstrap();
    expect(code).toBe(1);
    expect(stderr).toContain(fix);
  });

  it("names the fix when the installed Node may not be executed", () => {
    chmodSync(join(clone, "node_modules/node-here/bin/node"), 0o644);
    const { code, stderr } = bootstrap();
    expect(code).toBe(1);
    expect(stderr).toContain("noexec");
  });

  it("names the fix when no Node was installed, or nothing links to it", () => {
    rmSync(join(clone, "node_modules/.bin/node"));
    expect(bootstrap().stderr).toContain("node_modules/.bin has no link to Node");
    rmSync(join(clone, "node_modules/node-here"), { recursive: true });
    expect(bootstrap().stderr).toContain("npm config get omit");
  });
});
