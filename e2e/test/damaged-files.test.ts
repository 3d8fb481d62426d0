import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { describe, expect, it } from "vitest";
import { createHookGateway, readiness, type HookGateway } from "../src/hook-gateway.ts";
import { idsOf, publishAll } from "../src/publish.ts";
import { readIds } from "../src/read-ids.ts";
import { until } from "../src/until.ts";

const ids = idsOf("kept", 400);

/** A gateway that took 400 records in 40 commits and was killed; its write-ahead log is not folded into the file yet. */
async function killedWithRecords(): Promise<HookGateway> {
  const subject = await createHookGateway();
  const gateway = await subject.start();
  await publishAll(gateway.url, ids, 10);
  gateway.kill("SIGKILL");
  await gateway.exited;
  return subject;
}

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(file, "r+");
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
}

describe("a data folder that was torn while nobody ran", () => {
  it.each<[string, (wal: string) => void]>([
    ["the write-ahead log ends in the middle of a write", (wal) => truncateSync(wal, Math.floor(statSync(wal).size * 0.6) + 7)],
    [
      "the middle of the write-ahead log is garbage",
      (wal) => overwrite(wal, Math.floor(statSync(wal).size * 0.5), new Uint8Array(5_000).fill(0xa5)),
    ],
    ["the write-ahead log is empty", (wal) => truncateSync(wal, 0)],
    [
      "the index of the write-ahead log is garbage",
      (wal) => writeFileSync(wal.replace(/-wal$/, "-shm"), new Uint8Array(32_768).fill(0xa5)),
    ],
  ])("starts with whole commits, from the first on and without a gap, when %s", { timeout: 60_000 }, async (_, tear) => {
    await using subject = await killedWithRecords();
    const wal = `${subject.dataFolder}/journal.db-wal`;
    expect(statSync(wal).size).toBeGreaterThan(100_000);
    tear(wal);
    const gateway = await subject.start();
    const kept = await readIds(gateway.url);
    expect(kept).toEqual(ids.slice(0, kept.length));
    expect(kept.length % 10).toBe(0);
    // What the disk has lost is sent again, as a producer does that sees a gateway come back.
    await publishAll(gateway.url, [...ids.slice(kept.length), ...idsOf("after", 20)]);
    await until(() => subject.hasAll([...ids, ...idsOf("after", 20)]), "all is delivered");
    expect(await readIds(gateway.url)).toEqual([...ids, ...idsOf("after", 20)]);
  });

  it.each<[string, (file: string) => void]>([
    ["is garbage from its first byte", (file) => overwrite(file, 0, new Uint8Array(4_096).fill(0xa5))],
    ["ends in the middle", (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ["is another program's", (file) => writeFileSync(file, "not a journal\n".repeat(1_000))],
  ])(
    "JRN-41: keeps the process waiting and says why when the journal's file %s, and goes on when it is put back",
    { timeout: 90_000 },
    async (_, damage) => {
      await using subject = await createHookGateway();
      const first = await subject.start();
      await publishAll(first.url, ids, 10);
      await until(() => subject.hasAll(ids), "all is delivered");
      first.kill("SIGTERM");
      await first.exited;
      const file = `${subject.dataFolder}/journal.db`;
      expect(existsSync(`${file}-wal`), "an orderly stop folds the log into the file").toBe(false);
      copyFileSync(file, `${subject.scratch.path}/backup.db`);
      damage(file);
      const damaged = readFileSync(file);

      const gateway = await subject.spawn();
      await until(async () => /journal/.test((await readiness(gateway.url)).reason), "it says why");
      expect(await readiness(gateway.url)).toMatchObject({ status: 503, reason: expect.stringMatching(/corrupt|version/) as string });
      expect((await fetch(`${gateway.url}/v1/occurrences`, { method: "POST", body: "[]" })).status).toBe(503);
      // It is as it was: a person can look at it.
      expect(await Promise.race([gateway.exited, Promise.resolve("runs")])).toBe("runs");
      expect(readFileSync(file).equals(damaged)).toBe(true);

      rmSync(file);
      copyFileSync(`${subject.scratch.path}/backup.db`, file);
      await gateway.ready;
      expect(await readIds(gateway.url)).toEqual(ids);
      await publishAll(gateway.url, idsOf("after", 20));
      await until(() => subject.hasAll(idsOf("after", 20)), "it goes on");
    },
  );
});
