import { createTapioNodeClient } from "@tapio/client/node";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createHookGateway, readiness } from "../src/hook-gateway.ts";
import { eventNamed } from "../src/publish.ts";
import { readIds } from "../src/read-ids.ts";
import { createScratch } from "../src/scratch.ts";
import { until } from "../src/until.ts";

const padding = "x".repeat(16 * 1024);
const occurrence = {
  timestamp: "2026-11-01T12:00:00Z",
  source: "tapio",
  type: "kernel.node.cpu_stall",
  severity: "warning",
};

/** Publishes records of 16 KiB, 16 at a time, until the gateway refuses; gives the acknowledged ids and the refusal. */
async function fill(
  url: string,
  prefix: string,
  recordsMax: number,
): Promise<{ readonly ids: readonly string[]; readonly refusal: unknown }> {
  using client = createTapioNodeClient({ baseUrl: url });
  const ids: string[] = [];
  while (ids.length < recordsMax) {
    const batch = Array.from({ length: 16 }, (_, n) => `${prefix}-${ids.length + n}`);
    try {
      await client.publish(batch.map((id) => eventNamed(id, padding)));
    } catch (refusal) {
      return { ids, refusal };
    }
    ids.push(...batch);
  }
  return { ids, refusal: undefined };
}

function post(url: string, id: string, message = ""): Promise<Response> {
  return fetch(`${url}/v1/occurrences`, { method: "POST", body: JSON.stringify({ ...occurrence, id, error: { code: "X", message } }) });
}

describe("JRN-32: a journal that may not grow any more (max_file_bytes)", () => {
  it(
    "refuses with a hint while a destination holds everything, delivers what it has, and takes more when there is room",
    { timeout: 120_000 },
    async () => {
      await using subject = await createHookGateway({ sqlite: "max_file_bytes: 4MiB" });
      const gateway = await subject.start();
      subject.hooks.http.behave("unavailable");
      const { ids, refusal } = await fill(gateway.url, "big", 2_000);
      expect(refusal).toMatchObject({ code: "resource_exhausted", retryAfterMs: expect.any(Number) as number });
      expect(ids.length).toBeGreaterThan(50);

      const large = padding.repeat(16);
      expect((await post(gateway.url, "large", large)).status).toBe(503);
      expect((await post(gateway.url, "large", large)).headers.get("retry-after")).toMatch(/^\d+$/);
      await until(async () => (await readiness(gateway.url)).status === 503, "it is not ready");
      expect((await readiness(gateway.url)).reason).toMatch(/full|room|limit/);
      expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);

      subject.hooks.http.behave("accept");
      await until(() => subject.hasAll(ids), "all that was acknowledged is delivered");
      await until(async () => (await post(gateway.url, "later")).status === 200, "there is room again");
      expect((await readiness(gateway.url)).status).toBe(200);
      await until(() => subject.hasAll(["later"]), "what came later is delivered");
      gateway.kill("SIGTERM");
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
    },
  );
});

// Not a skipped test: that is a failure in CI, and a container that may not mount is not mended by installing something.
if (mountsTmpfs())
  describe("a disk that fills up", () => {
    it(
      "stops the intake before it is full, loses nothing when it is full, and is used again when there is room",
      { timeout: 120_000 },
      async () => {
        using folder = createScratch();
        const mount = `${folder.path}/mount`;
        mkdirSync(mount);
        expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", mount]).status).toBe(0);
        using _unmounted = { [Symbol.dispose]: () => void spawnSync("umount", ["-l", mount]) };
        await using subject = await createHookGateway({ parentFolder: mount, sqlite: "min_free_bytes: 4MiB" });
        const gateway = await subject.start();
        const { ids } = await fill(gateway.url, "before", 32);
        expect(ids).toHaveLength(32);

        // Something else on this disk leaves less than min_free_bytes.
        const other = `${mount}/other`;
        writeFileSync(other, Buffer.alloc(freeBytes(mount) - 2 * 1024 * 1024));
        await until(async () => (await readiness(gateway.url)).status === 503, "little room is noticed");
        expect((await readiness(gateway.url)).reason).toMatch(/room|free/);
        expect((await post(gateway.url, "refused")).status).toBe(503);
        // And then everything.
        writeFileSync(`${mount}/rest`, Buffer.alloc(freeBytes(mount)));
        await until(() => subject.hasAll(ids), "what was acknowledged is delivered on a full disk");
        expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);

        rmSync(other);
        rmSync(`${mount}/rest`);
        await until(async () => (await readiness(gateway.url)).status === 200, "it is ready again");
        const after = await fill(gateway.url, "after", 32);
        expect(after.ids).toHaveLength(32);
        await until(() => subject.hasAll(after.ids), "what came after is delivered");
        gateway.kill("SIGKILL");
        await gateway.exited;
        const kept = await readIds((await subject.start()).url);
        expect(kept.filter((id) => id !== "refused")).toEqual([...ids, ...after.ids]);
      },
    );
  });

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Whether this user may mount a file system of its own; containers are often not let, not even as root. */
function mountsTmpfs(): boolean {
  using folder = createScratch();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path]).status === 0;
  if (mounted) spawnSync("umount", [folder.path]);
  else process.stderr.write("skipped: no file system can be mounted here\n");
  return mounted;
}
