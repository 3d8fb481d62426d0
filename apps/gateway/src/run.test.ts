import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "./run.ts";

let folder = "";
let out = "";
let err = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tapio-run-"));
  out = "";
  err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function write(text: string): string {
  const file = join(folder, "tapio.yaml");
  writeFileSync(file, text);
  return file;
}

async function sayReady(): Promise<void> {
  while (!out.includes("ready on")) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("tapio-gateway", () => {
  it("explains itself", async () => {
    expect(await run(["--help"], {})).toBe(0);
    expect(out).toContain("--config FILE");
  });

  it("refuses arguments that it does not know", async () => {
    expect(await run(["--confg", "x"], {})).toBe(2);
    expect(err).toContain("Unknown option '--confg'");
  });

  it("names every problem of a configuration with its line", async () => {
    const file = write("foo: 1\nlog: { level: LOUD }\n");
    expect(await run(["--config", file], {})).toBe(2);
    expect(err).toContain(`the configuration has 2 problems:\n  foo (${file}:1:1): is not a setting;`);
    expect(err).toContain(`  log.level (${file}:2:15): must be one of DEBUG, INFO, WARN, ERROR\n`);
  });

  it("names a configuration that is not there", async () => {
    expect(await run([], { TAPIO_CONFIG: join(folder, "gone.yaml") })).toBe(2);
    expect(err).toMatch(/^the configuration .*gone\.yaml cannot be read: ENOENT/);
  });

  it("says where it is ready, and stops in order at SIGTERM", async () => {
    const file = write(
      `journal: { sqlite: { path: "${folder}/data" } }\nserver: { listeners: [{ address: "127.0.0.1:0" }] }\nlog: { level: ERROR }\n`,
    );
    const ran = run(["--config", file], {});
    await sayReady();
    expect(out).toMatch(/^Tapio gateway: ready on http:\/\/127\.0\.0\.1:\d+ \(configuration: .*tapio\.yaml; destinations: none\)\n$/);
    process.emit("SIGTERM");
    expect(await ran).toBe(0);
  });

  it("RLD-1: reads the configuration again at SIGHUP", async () => {
    const settings = `journal: { sqlite: { path: "${folder}/data" } }\nserver: { listeners: [{ address: "127.0.0.1:0" }] }\n`;
    const file = write(`${settings}log: { level: ERROR }\n`);
    const ran = run(["--config", file], {});
    await sayReady();
    const [url] = /http:\/\/[\d.]+:\d+/.exec(out) ?? [""];
    write(`${settings}log: { level: ERROR }\ndestinations: [{ name: counts, prometheus: {} }]\n`);
    process.emit("SIGHUP");
    const isReloaded = async (): Promise<boolean> =>
      (await (await fetch(`${url}/metrics`)).text()).includes('tapio_config_reloads_total{result="applied"} 1');
    while (!(await isReloaded())) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ destinations: { counts: expect.any(String) as string } });
    process.emit("SIGTERM");
    expect(await ran).toBe(0);
  });

  it("exits with 1 and what to do when its journal is in use", async () => {
    const file = write(
      `journal: { sqlite: { path: "${folder}/data" } }\nserver: { listeners: [{ address: "127.0.0.1:0" }] }\nlog: { level: ERROR }\n`,
    );
    const first = run(["--config", file], {});
    await sayReady();
    expect(await run(["--config", file], {})).toBe(1);
    expect(err).toMatch(/^the journal cannot be opened \(locked\): /);
    process.emit("SIGTERM");
    await first;
  });
});
