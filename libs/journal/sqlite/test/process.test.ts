import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openSqliteJournal } from "@tapio/journal-sqlite";
import { describe, expect, it } from "vitest";
import { copyAsLeft, withFolder } from "./in-thread.ts";

const appendUntilKilled = fileURLToPath(new URL("./children/append-until-killed.ts", import.meta.url));
const appendAndTell = fileURLToPath(new URL("./children/append-and-tell.ts", import.meta.url));
const appendThroughFailures = fileURLToPath(new URL("./children/append-through-failures.ts", import.meta.url));
const node = [process.execPath, "--conditions=tapio-source"] as const;

/** Starts the appending child, collects what it says, and kills it in the middle once it has said `lines` lines. */
async function killInTheMiddle(path: string, start: number, lines: number): Promise<string[]> {
  const running = spawn(node[0], [node[1], appendUntilKilled, path, String(start)], { stdio: ["ignore", "pipe", "inherit"] });
  const said: string[] = [];
  for await (const line of createInterface({ input: running.stdout })) {
    said.push(line);
    if (said.length === lines) running.kill("SIGKILL");
  }
  if (running.exitCode === null && running.signalCode === null) await once(running, "exit");
  expect([running.exitCode, running.signalCode]).toEqual([null, "SIGKILL"]);
  return said;
}

describe("kill -9 (JRN-2, JRN-3, JRN-4, JRN-22, JRN-40)", () => {
  it(
    "loses nothing that was acknowledged, keeps groups whole, rows with their cursor, and the folder free",
    () =>
      withFolder(async (folder) => {
        const sequences = new Map<string, number>();
        const groups: string[][] = [];
        let cursor = 0;
        for (const round of [0, 1, 2]) {
          for (const line of await killInTheMiddle(folder, round * 1_000_000, 300)) {
            const said = JSON.parse(line) as { ids?: string[]; sequences?: number[]; cursor?: number };
            cursor = Math.max(cursor, said.cursor ?? 0);
            for (const [index, id] of (said.ids ?? []).entries()) sequences.set(id, said.sequences?.[index] ?? 0);
            if (said.ids) groups.push(said.ids);
          }
        }
        const journal = await openSqliteJournal({ path: folder });
        const records = await journal.read(0, { records: Infinity, bytes: Infinity });
        const idAt = new Map(records.map((one) => [one.sequence, Buffer.from(one.bytes).toString().split(" ")[0]]));
        expect(sequences.size).toBeGreaterThan(600);
        for (const [id, sequence] of sequences) expect(idAt.get(sequence)).toBe(id);
        expect(new Set(idAt.values()).size).toBe(records.length);
        // Of what was not acknowledged there is all of a group or nothing.
        const found = new Map<string, number>();
        for (const id of idAt.values()) found.set(id?.replace(/-\d+$/, "") ?? "", (found.get(id?.replace(/-\d+$/, "") ?? "") ?? 0) + 1);
        for (const [name, count] of found) expect(count, name).toBe(1 + (Number(name.split("-")[1]) % 5));
        const again = await journal.append(groups.at(-1)?.map((id) => ({ id, bytes: new Uint8Array(1) })) ?? []);
        expect(again).toEqual(groups.at(-1)?.map((id) => ({ sequence: sequences.get(id), duplicate: true })));
        const log = await journal.open("d", "k");
        expect(log.cursor).toBeGreaterThanOrEqual(cursor);
        expect(Buffer.from(log.state ?? []).toString()).toBe(String(log.cursor));
        expect((await log.rows({ after: 0, limit: 1_000_000 })).map((row) => row.sequence)).toEqual(
          Array.from({ length: log.cursor ?? 0 }, (_, n) => n + 1),
        );
        await journal.close();
      }),
    60_000,
  );

  it(
    "another process that owns the folder is named, at once",
    () =>
      withFolder(async (folder) => {
        const owner = spawn(node[0], [node[1], appendUntilKilled, folder], { stdio: ["ignore", "pipe", "inherit"] });
        try {
          await once(owner.stdout, "data");
          await expect(openSqliteJournal({ path: folder })).rejects.toMatchObject({
            code: "locked",
            message: expect.stringContaining(`open ${folder}: process ${owner.pid} on `),
          });
        } finally {
          owner.stdout.resume();
          owner.kill("SIGKILL");
          await once(owner, "exit");
        }
        await (await openSqliteJournal({ path: folder })).close();
      }),
    60_000,
  );
});

const strace = spawnSync("strace", ["-f", "true"]).status === 0;
const why = "strace is not installed or may not trace here";

/** Runs a telling child under strace, after the options for that; the system calls, one per line, and what the child said. */
async function trace(folder: string, count: number, options: string[]): Promise<{ calls: string[]; said: string[] }> {
  const log = join(folder, "trace.log");
  const run = spawn("strace", ["-f", "-y", "-o", log, ...options, join(folder, "data"), String(count)]);
  const said: string[] = [];
  for await (const line of createInterface({ input: run.stdout })) said.push(line);
  return { calls: (await readFile(log, "utf8")).split("\n"), said };
}

describe("the disk", () => {
  it.skipIf(!strace)(
    `JRN-42: every acknowledgement comes after a sync of the write-ahead log that began after the one before${strace ? "" : ` (skipped: ${why})`}`,
    () =>
      withFolder(async (folder) => {
        const { calls, said } = await trace(folder, 20, ["-e", "trace=fsync,fdatasync,write", "--", ...node, appendAndTell]);
        expect(said).toEqual(["OPEN", ...Array.from({ length: 20 }, (_, n) => `ACK ${n + 1}`), "CLOSED"]);
        let syncs = 0;
        let acknowledged = 0;
        for (const call of calls) {
          // A sync that another thread interrupts in the log is shown as "<unfinished ...>" and "... resumed"; only its end counts.
          if (/(fsync|fdatasync)(\(\d+<.*journal\.db-wal>\)| resumed>\)?).*= 0/.test(call)) syncs += 1;
          if (!/write\(1<.*"(ACK|OPEN)/.test(call)) continue;
          if (call.includes("ACK")) {
            acknowledged += 1;
            expect(syncs, `syncs before: ${call}`).toBeGreaterThan(0);
          }
          syncs = 0;
        }
        expect(acknowledged).toBe(20);
      }),
    60_000,
  );

  it.skipIf(!strace)(
    `JRN-3, JRN-8: what a killed process wrote is synced before it is acknowledged as a duplicate${strace ? "" : ` (skipped: ${why})`}`,
    () =>
      withFolder(async (folder) => {
        const left = await openSqliteJournal({ path: join(folder, "left") });
        for (const n of [1, 2, 3]) await left.append([{ id: `r${n}`, bytes: Buffer.from(`record ${n}`) }]);
        await mkdir(join(folder, "data"));
        await copyAsLeft(join(folder, "left"), join(folder, "data"));
        await left.close();
        const { calls, said } = await trace(folder, 3, ["-e", "trace=fsync,fdatasync,write", "--", ...node, appendAndTell]);
        expect(said).toEqual(["OPEN", "ACK 1", "ACK 2", "ACK 3", "CLOSED"]);
        const beforeOpen = calls.slice(
          0,
          calls.findIndex((call) => /write\(1<.*"OPEN/.test(call)),
        );
        const synced = beforeOpen.flatMap((call) => /f(?:data)?sync\(\d+<.*\/(journal\.db(?:-wal)?)>/.exec(call)?.[1] ?? []);
        expect(synced).toEqual(["journal.db-wal", "journal.db"]);
      }),
    60_000,
  );

  it.skipIf(!strace).each([
    ["one sync of the write-ahead log fails", "fsync,fdatasync", "5"],
    ["a row of syncs do, of the log and of the file, those of the recovery among them", "fsync,fdatasync", "5..7"],
    ["a write does", "pwrite64", "15"],
  ])(
    `JRN-33, JRN-43: nothing is acknowledged that is not there, and the process goes on by itself, when %s${strace ? "" : ` (skipped: ${why})`}`,
    (_, calls, when) =>
      withFolder(async (folder) => {
        await (await openSqliteJournal({ path: join(folder, "data") })).close();
        const file = join(folder, "data", "journal.db");
        // strace counts calls by thread: the threads of each recovery fail anew.
        const { said } = await trace(folder, 4, [
          ...["-P", file, "-P", `${file}-wal`, "-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO:when=${when}`],
          ...["--", ...node, appendThroughFailures],
        ]);
        const acknowledged = said.flatMap((line) => /^ACK (\d+) (\d+)$/.exec(line)?.slice(1, 3).map(Number) ?? []);
        expect(acknowledged).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
        expect(said.slice(-2)).toEqual(["AT THE END ok", "CLOSED"]);
        for (const line of said.filter((one) => one.startsWith("ERR"))) expect(line).toBe("ERR io recovering");
        expect(said.filter((line) => line.startsWith("ERR")).length).toBeGreaterThan(0);
        const journal = await openSqliteJournal({ path: join(folder, "data") });
        const texts = (await journal.read(0, { records: 100, bytes: 10_000 })).map((one) => Buffer.from(one.bytes).toString());
        expect(texts).toEqual(["record 1", "record 2", "record 3", "record 4"]);
        expect((await journal.open("d", "k")).cursor).toBe(4);
        await journal.close();
      }),
    60_000,
  );

  it.skipIf(!strace)(
    `JRN-43: a folder on a read-only file system is refused at once, with its path${strace ? "" : ` (skipped: ${why})`}`,
    () =>
      withFolder(async (folder) => {
        const path = join(folder, "data");
        await (await openSqliteJournal({ path })).close();
        const inject = ["-P", join(path, "journal.lock"), "-e", "trace=openat", "-e", "inject=openat:error=EROFS"];
        const run = spawnSync("strace", ["-f", "-o", join(folder, "trace.log"), ...inject, "--", ...node, appendAndTell, path, "1"], {
          timeout: 20_000,
        });
        expect(run.stdout.toString()).toBe("");
        expect(run.stderr.toString()).toContain(`JournalError: open ${path}: `);
        expect(run.status).toBe(1);
      }),
    60_000,
  );

  it.skipIf(!strace)(
    `JRN-32: a disk without room refuses, and the journal goes on when there is room${strace ? "" : ` (skipped: ${why})`}`,
    () =>
      withFolder(async (folder) => {
        await (await openSqliteJournal({ path: join(folder, "data") })).close();
        const { said } = await trace(folder, 6, [
          ...["-P", join(folder, "data", "journal.db-wal"), "-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC:when=12..13"],
          ...["--", ...node, appendThroughFailures],
        ]);
        const refused = said.filter((line) => line.startsWith("ERR"));
        expect(refused.length).toBeGreaterThan(0);
        expect(new Set(refused)).toEqual(new Set(["ERR full full"]));
        expect(said.slice(-2)).toEqual(["AT THE END ok", "CLOSED"]);
        const journal = await openSqliteJournal({ path: join(folder, "data") });
        expect((await journal.read(0, { records: 100, bytes: 10_000 })).map((one) => one.sequence)).toEqual([1, 2, 3, 4, 5, 6]);
        await journal.close();
      }),
    60_000,
  );
});
