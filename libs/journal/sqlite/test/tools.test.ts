import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { backupJournal, checkJournal, exportRecords, type JournalReport, openSqliteJournal, repairJournal } from "@tapio/journal-sqlite";
import { describe, expect, it } from "vitest";
import { PAGE_BYTES } from "../src/schema.ts";
import { withFolder } from "./in-thread.ts";

const all = { records: 10_000, bytes: Infinity };
const textOf = (sequence: number) => `record ${sequence} `.repeat(30 + (sequence % 50));
const idOf = (bytes: Uint8Array) => /^record (\d+) /.exec(Buffer.from(bytes).toString())?.[1];

/** A journal of `count` records in groups of ten, trimmed to 20, with a destination that has settled half of the rest. */
async function makeJournal(path: string, count = 200): Promise<void> {
  const journal = await openSqliteJournal({ path, dedupeRecords: 1000 });
  for (let first = 1; first <= count; first += 10) {
    await journal.append(Array.from({ length: 10 }, (_, n) => ({ id: String(first + n), bytes: Buffer.from(textOf(first + n)) })));
  }
  const log = await journal.open("oncall", "webhooks");
  const dead = { state: "dead" as const, attempts: 3, firstAttemptAtMs: 1, dueAtMs: 2, code: "gone", message: "410" };
  for (let n = 1; n <= count / 2; n++) {
    const settlements = [{ from: n, to: n, isLate: false, atMs: n, note: Buffer.from(`note ${n}`) }];
    await log.commit({
      cursor: n,
      settlements,
      put: n % 5 === 0 ? [{ ...dead, sequence: n, recordId: String(n), bytes: Buffer.from(textOf(n)) }] : [],
    });
  }
  await log.commit({ state: Buffer.from("state"), control: Buffer.from("control") });
  await (await journal.open("late", "otel")).commit({ cursor: count });
  await journal.trimTo(20);
  await journal.close();
}

const sequencesIn = (lost: readonly { from: number; to: number }[]) =>
  lost.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n));

async function exported(path: string, options: Parameters<typeof exportRecords>[1] = {}): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for await (const { sequence, bytes } of exportRecords(path, options)) found.set(sequence, Buffer.from(bytes).toString());
  return found;
}

describe("checkJournal", () => {
  it("finds nothing wrong with a journal that is whole, and says how much is in it", () =>
    withFolder(async (folder) => {
      await makeJournal(folder);
      const phases = new Set<string>();
      const report = await checkJournal(folder, { idOf, onProgress: ({ phase }) => phases.add(phase) });
      expect(report).toMatchObject({ isWhole: true, problems: [], lost: [], format: 2, first: 21, head: 200, records: 180 });
      expect(report.recordBytes).toBe(Array.from({ length: 180 }, (_, n) => textOf(21 + n).length).reduce((a, b) => a + b));
      expect(report.destinations).toEqual([
        { name: "oncall", kind: "webhooks", cursor: 100, rows: { waiting: 0, parked: 0, dead: 20 }, settlements: 80 },
        { name: "late", kind: "otel", cursor: 200, rows: { waiting: 0, parked: 0, dead: 0 }, settlements: 0 },
      ]);
      expect([...phases]).toEqual(["file", "records", "destinations"]);
    }));

  it("works while a gateway runs and writes, and after one that was killed", () =>
    withFolder(async (folder) => {
      const path = join(folder, "data");
      const journal = await openSqliteJournal({ path });
      await journal.append([{ id: "1", bytes: Buffer.from(textOf(1)) }]);
      expect(await checkJournal(path, { idOf })).toMatchObject({ isWhole: true, head: 1 });
      await journal.append([{ id: "2", bytes: Buffer.from(textOf(2)) }]);
      await mkdir(join(folder, "left"));
      for (const name of ["journal.db", "journal.db-wal"]) await cp(join(path, name), join(folder, "left", name));
      expect(await checkJournal(join(folder, "left"), { idOf })).toMatchObject({ isWhole: true, head: 2 });
      await journal.close();
    }));

  it.each([
    ["a changed byte", "UPDATE record_group SET body = CAST('x' || substr(body, 2) AS BLOB) WHERE first_sequence = 51", [[51, 60]]],
    ["changed ids", "UPDATE record_group SET entries = zeroblob(200) WHERE first_sequence = 51", [[51, 60]]],
    ["a missing group", "DELETE FROM record_group WHERE first_sequence = 51", [[51, 60]]],
    [
      "missing bytes",
      "UPDATE record_group SET body = NULL WHERE first_sequence IN (51, 61)",
      [
        [51, 60],
        [61, 70],
      ],
    ],
    ["a missing last group", "UPDATE record_group SET body = NULL WHERE first_sequence = 191", [[191, 200]]],
  ])("names the sequences of %s", (_, damage, ranges) =>
    withFolder(async (folder) => {
      await makeJournal(folder);
      change(folder, damage);
      const report = await checkJournal(folder, { idOf });
      expect(report.isWhole).toBe(false);
      expect(sequencesIn(report.lost)).toEqual(sequencesIn(ranges.map(([from = 0, to = 0]) => ({ from, to }))));
      expect(report.problems[0]).toMatchObject({ area: "records", sequences: { from: ranges[0]?.[0] } });
      expect(report.records).toBe(180 - 10 * ranges.length);
    }),
  );

  it.each([
    [
      "a record under another's id",
      "UPDATE record_group SET entries = (SELECT entries FROM record_group WHERE first_sequence = 61) WHERE first_sequence = 51",
      "records",
    ],
    ["a row of no destination", "INSERT INTO destination_state VALUES (77, x'00')", "destinations"],
    ["a row in an unknown state", "UPDATE delivery_row SET state = 9 WHERE sequence = 50", "destinations"],
    [
      "a settlement that ends before it begins",
      "UPDATE settlement SET from_sequence = to_sequence + 1 WHERE to_sequence = 50",
      "destinations",
    ],
    [
      "an index that lacks an entry",
      "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, 'WHERE state = 0', 'WHERE state = 2') WHERE name = 'delivery_row_by_due'",
      "file",
    ],
  ])("finds %s", (_, damage, area) =>
    withFolder(async (folder) => {
      await makeJournal(folder);
      change(folder, damage);
      const report = await checkJournal(folder, { idOf });
      expect(report.problems.map((problem) => problem.area)).toContain(area);
    }),
  );

  it("refuses what is no journal, with a message that says so", () =>
    withFolder(async (folder) => {
      await expect(checkJournal(folder)).rejects.toMatchObject({
        code: "version",
        message: expect.stringContaining("holds no journal.db") as string,
      });
      await writeFile(join(folder, "journal.db"), "x".repeat(5000));
      await expect(checkJournal(folder)).rejects.toMatchObject({ code: "corrupt" });
      const older = join(folder, "older");
      await cp(join(import.meta.dirname, "testdata", "format-1"), older, { recursive: true });
      await expect(checkJournal(older)).rejects.toMatchObject({
        code: "version",
        message: expect.stringContaining("start a gateway on it once") as string,
      });
    }));
});

function change(folder: string, sql: string): void {
  const db = new DatabaseSync(join(folder, "journal.db"));
  db.enableDefensive(false);
  db.exec(sql);
  db.close();
}

describe("exportRecords", () => {
  it("gives the kept records in order, or a part of them, while a gateway runs", () =>
    withFolder(async (folder) => {
      await makeJournal(folder);
      const journal = await openSqliteJournal({ path: folder });
      const whole = await exported(folder);
      expect([...whole.keys()]).toEqual(Array.from({ length: 180 }, (_, n) => 21 + n));
      for (const [sequence, text] of whole) expect(text).toBe(textOf(sequence));
      expect([...(await exported(folder, { after: 48, until: 52 })).keys()]).toEqual([49, 50, 51, 52]);
      expect((await exported(folder, { after: 200 })).size).toBe(0);
      await journal.close();
    }));

  it("fails where a record cannot be read, or tells of it and goes on", () =>
    withFolder(async (folder) => {
      await makeJournal(folder);
      change(folder, "UPDATE record_group SET body = zeroblob(length(body)) WHERE first_sequence = 51");
      await expect(exported(folder)).rejects.toMatchObject({ code: "corrupt", damaged: { from: 51, to: 60 } });
      const told: unknown[] = [];
      const found = await exported(folder, { onDamaged: (range) => told.push(range) });
      expect(told).toEqual([{ from: 51, to: 60 }]);
      expect(found.size).toBe(170);
    }));
});

describe("backupJournal", () => {
  it("copies what was acknowledged before it began, while a gateway appends on, into a folder that a gateway starts on", () =>
    withFolder(async (folder) => {
      const [path, to] = [join(folder, "data"), join(folder, "backup")];
      await makeJournal(path);
      const journal = await openSqliteJournal({ path });
      let next = 201;
      let stop = false;
      const appended = (async () => {
        while (!stop) await journal.append([{ id: String(next), bytes: Buffer.from(textOf(next++)) }]);
      })();
      await expect.poll(() => journal.bounds().head, { timeout: 20_000 }).toBeGreaterThan(220);
      const acknowledged = journal.bounds().head;
      const report = await backupJournal(path, { to, idOf });
      stop = true;
      await appended;
      await journal.close();
      expect(report.isWhole).toBe(true);
      expect(report.head).toBeGreaterThanOrEqual(acknowledged);
      expect(await readdir(to)).toEqual(["journal.db"]);
      const restored = await openSqliteJournal({ path: to, dedupeRecords: 1000 });
      expect(restored.bounds()).toEqual({ first: 21, head: report.head });
      for (const { sequence, bytes } of await restored.read(0, all)) expect(Buffer.from(bytes).toString()).toBe(textOf(sequence));
      expect(await restored.append([{ id: "150", bytes: Buffer.from(textOf(150)) }])).toEqual([{ sequence: 150, duplicate: true }]);
      const log = await restored.open("oncall", "webhooks");
      expect([log.cursor, (await log.counts()).dead, Buffer.from(log.control).toString()]).toEqual([100, 20, "control"]);
      expect((await log.settlements(50)).map(({ note }) => Buffer.from(note).toString())).toEqual(["note 50"]);
      await restored.close();
    }));

  it("leaves out the room that trimming freed, and takes a new or empty folder only", () =>
    withFolder(async (folder) => {
      const [path, to] = [join(folder, "data"), join(folder, "backup")];
      await makeJournal(path, 1000);
      const journal = await openSqliteJournal({ path });
      await journal.trimTo(990);
      await journal.close();
      const report = await backupJournal(path, { to });
      expect(report.fileBytes).toBeLessThan((await readFile(join(path, "journal.db"))).length / 2);
      await expect(backupJournal(path, { to })).rejects.toMatchObject({
        code: "version",
        message: expect.stringContaining("name a new or an empty one") as string,
      });
    }));

  it("of a damaged journal fails and says that it is damaged", () =>
    withFolder(async (folder) => {
      await makeJournal(join(folder, "data"));
      change(join(folder, "data"), "UPDATE record_group SET body = zeroblob(length(body)) WHERE first_sequence = 51");
      await expect(backupJournal(join(folder, "data"), { to: join(folder, "backup") })).rejects.toMatchObject({
        code: "corrupt",
        message: expect.stringContaining("the records 51 to 60 cannot be read") as string,
      });
    }));
});

describe("repairJournal", () => {
  it("of a whole journal gives an equal one, and does not change the original", () =>
    withFolder(async (folder) => {
      const [path, to] = [join(folder, "data"), join(folder, "repaired")];
      await makeJournal(path);
      const before = await readFile(join(path, "journal.db"));
      const { repaired, losses } = await repairJournal(path, { to });
      const { path: _a, fileBytes: _b, ...original } = await checkJournal(path);
      const { path: _c, fileBytes: _d, ...copy } = repaired;
      expect(copy).toEqual(original);
      expect(losses).toEqual([]);
      expect(await readFile(join(path, "journal.db"))).toEqual(before);
      expect(await exported(to)).toEqual(await exported(path));
    }));

  it("keeps the sequences and cursors of a journal that lost records, its last ones included, and does not give them again", () =>
    withFolder(async (folder) => {
      const [path, to] = [join(folder, "data"), join(folder, "repaired")];
      await makeJournal(path);
      change(path, "DELETE FROM record_group WHERE first_sequence IN (51, 181, 191)");
      change(path, "UPDATE record_group SET body = zeroblob(5) WHERE first_sequence = 101");
      const { repaired } = await repairJournal(path, { to });
      expect(repaired).toMatchObject({ isWhole: true, records: 140, first: 21, head: 200 });
      expect(repaired.lost).toEqual([
        { from: 51, to: 60 },
        { from: 101, to: 110 },
        { from: 181, to: 200 },
      ]);
      const journal = await openSqliteJournal({ path: to, dedupeRecords: 1000 });
      expect((await journal.read(40, { records: 15, bytes: Infinity })).map((one) => one.sequence)).toEqual([
        ...[41, 42, 43, 44, 45, 46, 47, 48, 49, 50],
        ...[61, 62, 63, 64, 65],
      ]);
      expect(await journal.get(55)).toBeUndefined();
      expect((await journal.open("late", "otel")).cursor).toBe(200);
      expect(await journal.append([{ id: "55", bytes: Buffer.from(textOf(55)) }])).toEqual([{ sequence: 201, duplicate: false }]);
      expect((await journal.read(180, all)).map((one) => one.sequence)).toEqual([201]);
      await journal.close();
      expect(await checkJournal(to)).toMatchObject({ isWhole: true, head: 201 });
    }));

  it(
    "saves all but what a zeroed page held, whichever page that is, and says what that was",
    () =>
      withFolder(async (folder) => {
        const original = join(folder, "data");
        await makeJournal(original);
        const content = await readFile(join(original, "journal.db"));
        expect(content.length / PAGE_BYTES).toBeGreaterThan(30);
        let saved = 0;
        for (let page = 1; page * PAGE_BYTES < content.length; page += 3) {
          const [path, to] = [join(folder, `${page}`), join(folder, `${page}-repaired`)];
          await mkdir(path);
          await writeFile(join(path, "journal.db"), Buffer.from(content).fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
          const report: JournalReport = await checkJournal(path, { idOf });
          const { repaired } = await repairJournal(path, { to });
          expect(repaired.isWhole, `page ${page}`).toBe(true);
          const records = await exported(to);
          for (const [sequence, text] of records) expect(text).toBe(textOf(sequence));
          const kept = new Set([...records.keys(), ...sequencesIn(repaired.lost)]);
          if (repaired.first === 21)
            expect([...kept].sort((a, b) => a - b)).toEqual(Array.from({ length: repaired.head - 20 }, (_, n) => 21 + n));
          if (!report.isWhole) saved += records.size;
          const journal = await openSqliteJournal({ path: to });
          await journal.append([{ id: "after", bytes: Buffer.from("after") }]);
          await journal.close();
        }
        expect(saved).toBeGreaterThan(1000);
      }),
    120_000,
  );
});
