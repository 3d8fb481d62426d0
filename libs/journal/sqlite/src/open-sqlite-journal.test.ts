import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { withFolder } from "../test/in-thread.ts";
import { lockFolder } from "./folder-lock.ts";
import { flagsFor, openSqliteJournal } from "./open-sqlite-journal.ts";
import { APPLICATION_ID } from "./schema.ts";

const entry = { id: "a", bytes: new Uint8Array([1, 2, 3]) };

async function makeJournal(path: string): Promise<void> {
  const journal = await openSqliteJournal({ path });
  await journal.append([entry]);
  await journal.close();
}

const rejection = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "JournalError" });
  return error as Error & { code: string };
};

describe("the folder (JRN-41)", () => {
  it("is made when it is missing, with its parents", () =>
    withFolder(async (folder) => {
      await makeJournal(join(folder, "a", "b"));
      expect(await readdir(join(folder, "a", "b"))).toEqual(["journal.db", "journal.lock"]);
    }));

  it("may hold what a fresh file system has, and an empty file of a process that was killed early", () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, "lost+found"));
      await writeFile(join(folder, "journal.db"), "");
      await makeJournal(folder);
    }));

  it("may hold the lock of a process that was killed before it made a journal", () =>
    withFolder(async (folder) => {
      const left = join(folder, "left");
      await mkdir(left);
      const lock = lockFolder(folder);
      const files = (await readdir(folder)).filter((name) => name.startsWith("journal."));
      expect(files).toEqual(["journal.lock", "journal.lock-journal", "journal.owner"]);
      for (const name of files) await copyFile(join(folder, name), join(left, name));
      lock.release();
      await makeJournal(left);
    }));

  // As a killed process leaves them: copies from under an open connection.
  it.each([
    ["turned on the write-ahead log and wrote no table", "PRAGMA journal_mode = WAL", ["journal.db"]],
    [
      "was writing its first transaction",
      "PRAGMA cache_size = 2; BEGIN; CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(500000))",
      ["journal.db", "journal.db-journal"],
    ],
  ])("may hold what a process left that %s", (_, sql, files) =>
    withFolder(async (folder) => {
      const left = join(folder, "left");
      const db = new DatabaseSync(join(folder, "journal.db"));
      db.exec(sql);
      expect(await readdir(folder)).toEqual(files);
      await mkdir(left);
      for (const name of files) await copyFile(join(folder, name), join(left, name));
      db.close();
      expect((await readFile(join(left, "journal.db"))).length).toBeGreaterThan(0);
      await makeJournal(left);
      await makeJournal(left);
    }),
  );

  it("is shown to be ours by the main file alone, from the first write on", () =>
    withFolder(async (folder) => {
      const journal = await openSqliteJournal({ path: folder });
      const header = await readFile(join(folder, "journal.db"));
      expect(header.readUInt32BE(68)).toBe(APPLICATION_ID);
      await journal.close();
    }));

  it.each([
    ["a folder of something else", "notes.txt", "hello", "version", "the folder holds notes.txt but no journal.db"],
    ["a file that is no database", "journal.db", "x".repeat(5000), "corrupt", "this is no SQLite database"],
    ["a file of zeros", "journal.db", "\0".repeat(4096), "corrupt", "file is not a database"],
    ["a file that is too short", "journal.db", "SQLite format 3\0", "corrupt", "this is no SQLite database"],
  ])("is refused and left as it is: %s", (_, name, content, code, message) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, name), content);
      const error = await rejection(openSqliteJournal({ path: folder }));
      expect(error.code).toBe(code);
      expect(error.message).toContain(message);
      expect(await readFile(join(folder, name), "utf8")).toBe(content);
    }),
  );

  it.each([
    ["another program's database", "CREATE TABLE t (a)", "this is another program's database"],
    [
      "a newer format",
      "PRAGMA application_id = 0x54706a6c; PRAGMA user_version = 3; CREATE TABLE t (a)",
      "its format is 3 and this version reads up to 2",
    ],
  ])("is refused and left as it is: %s", (_, sql, message) =>
    withFolder(async (folder) => {
      const file = join(folder, "journal.db");
      const db = new DatabaseSync(file);
      db.exec(sql);
      db.close();
      const before = await readFile(file);
      const error = await rejection(openSqliteJournal({ path: folder }));
      expect(error.code).toBe("version");
      expect(error.message).toContain(message);
      expect(await readFile(file)).toEqual(before);
    }),
  );

  it("is refused when its path is a file, with the path in the message", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "file"), "");
      const error = await rejection(openSqliteJournal({ path: join(folder, "file") }));
      expect(error.code).toBe("io");
      expect(error.message).toContain(join(folder, "file"));
    }));

  it("is free again after an open that failed", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "journal.db"), "x".repeat(5000));
      expect((await rejection(openSqliteJournal({ path: folder }))).code).toBe("corrupt");
      await writeFile(join(folder, "journal.db"), "");
      await makeJournal(folder);
    }));
});

describe("a damaged file", () => {
  it("is corrupt at opening or reading, never a crash", () =>
    withFolder(async (folder) => {
      await makeJournal(folder);
      const file = join(folder, "journal.db");
      const content = await readFile(file);
      await writeFile(file, content.fill(0xee, 4096));
      await chmod(file, 0o600);
      expect((await rejection(openSqliteJournal({ path: folder }))).code).toBe("corrupt");
    }));

  it.each([
    ["a byte of a record", "body = x'010204'"],
    ["the length of the records", "body = x'0102'"],
    ["a byte of the table of ids", "entries = zeroblob(length(entries))"],
    ["the time", "appended_at_ms = appended_at_ms + 1"],
  ])("is corrupt where a group is not what was written (%s), naming its sequences, and the rest is read", (_, change) =>
    withFolder(async (folder) => {
      const made = await openSqliteJournal({ path: folder });
      await made.append([entry, { ...entry, id: "b" }]);
      await made.append([{ ...entry, id: "c" }]);
      await made.append([{ ...entry, id: "d" }]);
      await made.close();
      const db = new DatabaseSync(join(folder, "journal.db"));
      db.exec(`UPDATE record_group SET ${change} WHERE first_sequence = 3`);
      db.close();
      const journal = await openSqliteJournal({ path: folder });
      const all = { records: 100, bytes: 100 };
      expect((await journal.read(0, all)).map((one) => one.sequence)).toEqual([1, 2]);
      const error = await rejection(journal.read(2, all));
      expect(error.code).toBe("corrupt");
      expect(error.message).toContain("the records with the sequences 3 to 3 cannot be read: what is stored at sequence 3 is not what was");
      expect(error).toMatchObject({ damaged: { from: 3, to: 3 } });
      expect((await journal.read(3, all)).map((one) => one.sequence)).toEqual([4]);
      expect(await journal.append([{ id: "e", bytes: entry.bytes }])).toEqual([{ sequence: 5, duplicate: false }]);
      await journal.close();
    }),
  );
});

describe("the lock (JRN-40)", () => {
  it("lets one journal of this process have the folder, and names the owner", () =>
    withFolder(async (folder) => {
      const journal = await openSqliteJournal({ path: folder });
      const error = await rejection(openSqliteJournal({ path: folder }));
      expect(error.code).toBe("locked");
      expect(error.message).toContain(folder);
      expect(error.message).toContain(`process ${process.pid} on `);
      await journal.append([entry]);
      await journal.close();
      await makeJournal(folder);
    }));
});

describe("options", () => {
  it.each([
    [{ path: "" }, "path is empty"],
    [{ path: "x", dedupeRecords: 0 }, "dedupeRecords is 0"],
    [{ path: "x", maxGroupRecords: 1.5 }, "maxGroupRecords is 1.5"],
    [{ path: "x", maxGroupBytes: 0 }, "maxGroupBytes is 0"],
    [{ path: "x", lingerMs: -1 }, "lingerMs is -1"],
    [{ path: "x", maxFileBytes: -1 }, "maxFileBytes is -1"],
  ])("%j is refused", async (options, message) => {
    await expect(openSqliteJournal(options)).rejects.toThrow(message);
  });

  it("maxFileBytes is the bound at which appends are refused as full, through the threads", () =>
    withFolder(async (folder) => {
      const journal = await openSqliteJournal({ path: folder, maxFileBytes: 300_000 });
      const big = (id: string) => [{ id, bytes: new Uint8Array(90_000) }];
      await journal.append(big("a"));
      expect((await rejection(journal.append([...big("b"), ...big("c")]))).code).toBe("full");
      await journal.trimTo(journal.bounds().head);
      expect(await journal.append(big("b"))).toEqual([{ sequence: 2, duplicate: false }]);
      await journal.close();
    }));

  it("lingerMs and small groups change nothing but the grouping", () =>
    withFolder(async (folder) => {
      const journal = await openSqliteJournal({ path: folder, lingerMs: 2, maxGroupRecords: 3, maxGroupBytes: 5 });
      const results = await Promise.all(Array.from({ length: 20 }, (_, n) => journal.append([{ ...entry, id: `r${n}` }])));
      expect(results.flat().map((one) => one.sequence)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
      await journal.close();
    }));

  it("the logger hears of the opening", () =>
    withFolder(async (folder) => {
      const heard: unknown[] = [];
      const journal = await openSqliteJournal({
        path: folder,
        logger: { info: (...args) => heard.push(args), error: (...args) => heard.push(args) },
      });
      await journal.close();
      expect(heard).toEqual([[{ path: folder, head: 0, trimmed_to: 0 }, "the journal is open"]]);
    }));
});

describe("the flags of the threads", () => {
  it("are the process's own, but for those that no file can be run with", () => {
    expect(flagsFor(["--conditions=tapio-source", "--max-old-space-size=100"])).toEqual({});
    expect(flagsFor(["--conditions=tapio-source", "--input-type=module"])).toEqual({ execArgv: ["--conditions=tapio-source"] });
  });
});
