import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteJournal } from "@tapio/journal-sqlite";
import { describe, expect, it } from "vitest";
import { FORMAT_VERSION } from "../src/schema.ts";
import { withFolder } from "./in-thread.ts";

/** Made by the code of format 1: 11 records in four groups, trimmed to 5 with a dedupe window of 7, and three destinations. */
const fixture = join(import.meta.dirname, "testdata", "format-1");
const utf8 = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

describe("a folder of format 1 (JRN-41)", () => {
  it("is read whole after the upgrade, and once more after that", () =>
    withFolder(async (folder) => {
      await cp(fixture, folder, { recursive: true });
      for (const turn of ["upgraded", "opened again"]) {
        const journal = await openSqliteJournal({ path: folder, dedupeRecords: 7 });
        expect(journal.bounds(), turn).toEqual({ first: 6, head: 11 });
        const records = await journal.read(0, { records: 100, bytes: Infinity });
        expect(records.map((one) => [one.sequence, one.appendedAtMs - 1_700_000_000_000, one.bytes.length])).toEqual([
          [6, 2000, 11],
          [7, 2000, 11],
          [8, 2000, 11],
          [9, 2000, 11],
          [10, 2000, 20_000],
          [11, 2000, 0],
        ]);
        expect(utf8(records[0]?.bytes)).toBe("bytes of c1");
        expect(await journal.backlog(8)).toEqual({ records: 3, bytes: 20_011, oldestAtMs: 1_700_000_002_000 });
        expect(await journal.usage()).toEqual({ recordBytes: 20_044, fill: 0 });
        expect(await journal.append([{ id: "b2", bytes: new Uint8Array(1) }])).toEqual([{ sequence: 5, duplicate: true }]);
        expect([await journal.find("c4"), await journal.find("b2")]).toEqual([9, undefined]);
        const oncall = await journal.open("oncall", "webhooks");
        expect([oncall.kind, oncall.cursor, oncall.state, oncall.control.length]).toEqual(["webhooks", 9, undefined, 0]);
        expect((await oncall.rows({ after: 0, limit: 9 })).map((row) => ({ ...row, bytes: utf8(row.bytes) }))).toEqual([
          {
            ...{ sequence: 4, recordId: "b1", state: "dead", attempts: 12, firstAttemptAtMs: 1_700_000_001_500 },
            ...{ dueAtMs: 1_700_000_009_000, code: "gone", message: "410 Gone", bytes: "bytes of b1" },
          },
          {
            ...{ sequence: 6, recordId: "c1", state: "waiting", attempts: 2, firstAttemptAtMs: 1_700_000_002_500 },
            ...{ dueAtMs: 1_700_000_099_000.5, code: "timeout", message: "after 10 s", bytes: "" },
          },
          {
            ...{ sequence: 7, recordId: "c2", state: "parked", attempts: 0, firstAttemptAtMs: 0 },
            ...{ dueAtMs: 0, code: "", message: "", bytes: undefined },
          },
        ]);
        expect(utf8((await journal.open("metrics", "otel")).state)).toBe("counters");
        expect(await journal.destinations()).toEqual(["oncall", "metrics", "idle"]);
        await journal.close();
      }
    }));

  it("keeps the generations, so that what the older version left open stays fenced", () =>
    withFolder(async (folder) => {
      await cp(fixture, folder, { recursive: true });
      await (await openSqliteJournal({ path: folder })).close();
      const db = new DatabaseSync(join(folder, "journal.db"), { readOnly: true });
      expect(
        db
          .prepare("SELECT name, generation FROM destination ORDER BY id")
          .all()
          .map((row) => Object.values(row)),
      ).toEqual([
        ["oncall", 1],
        ["metrics", 2],
        ["idle", 1],
      ]);
      expect(db.prepare("PRAGMA user_version").get()).toEqual({ user_version: FORMAT_VERSION });
      expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%\\_1' ESCAPE '\\'").all();
      expect(tables).toEqual([]);
      db.close();
    }));

  it("is as it was when the upgrade fails", () =>
    withFolder(async (folder) => {
      await cp(fixture, folder, { recursive: true });
      const file = join(folder, "journal.db");
      const db = new DatabaseSync(file);
      db.exec("PRAGMA journal_mode = DELETE; CREATE TABLE settlement (in_the_way)");
      db.close();
      const before = await readFile(file);
      await expect(openSqliteJournal({ path: folder })).rejects.toMatchObject({ code: "io" });
      expect(await readFile(file)).toEqual(before);
    }));
});
