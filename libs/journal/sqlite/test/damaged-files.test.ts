import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Journal, JournalError } from "@tapio/journal";
import { openSqliteJournal } from "@tapio/journal-sqlite";
import { describe, expect, it } from "vitest";
import { PAGE_BYTES } from "../src/schema.ts";
import { openInThread, withFolder } from "./in-thread.ts";

const COUNT = 120;
const textOf = (sequence: number) => `record ${sequence} `.repeat(80);

/** Groups of six records, in a file of some sixty pages; `left` also has the write-ahead log that a kill would leave. */
async function makeFolders(folder: string): Promise<{ closed: string; left: string }> {
  const [closed, left] = [join(folder, "closed"), join(folder, "left")];
  await mkdir(closed);
  const journal = await openInThread({ path: closed });
  for (let first = 1; first <= COUNT; first += 6) {
    await journal.append(Array.from({ length: 6 }, (_, n) => ({ id: `r${first + n}`, bytes: Buffer.from(textOf(first + n)) })));
  }
  await (await journal.open("d", "k")).commit({ cursor: 5 });
  await mkdir(left);
  for (const name of ["journal.db", "journal.db-wal"]) await cp(join(closed, name), join(left, name));
  await journal.close();
  return { closed, left };
}

/** Every record that can be read, over the damaged ones; fails on one that is not what was written. */
async function readWhatIsThere(journal: Journal): Promise<number[]> {
  const found: number[] = [];
  for (let after = 0; after < journal.bounds().head;) {
    try {
      const page = await journal.read(after, { records: 7, bytes: Infinity });
      for (const { sequence, bytes } of page) {
        expect(Buffer.from(bytes).toString()).toBe(textOf(sequence));
        found.push(sequence);
      }
      after = page.at(-1)?.sequence ?? Infinity;
    } catch (error) {
      const damaged = error instanceof JournalError && error.code === "corrupt" ? error.damaged : undefined;
      if (damaged === undefined) throw error;
      expect(damaged.from).toBeGreaterThan(after);
      after = damaged.to;
    }
  }
  return found;
}

/** What a start on this folder comes to: the code of its refusal, or what can be read. It appends, too, and ends in any case. */
async function start(path: string): Promise<JournalError["code"] | number[]> {
  let journal: Journal;
  try {
    journal = await openInThread({ path });
  } catch (error) {
    if (error instanceof JournalError) return error.code;
    throw error;
  }
  try {
    const found = await readWhatIsThere(journal);
    await journal.append([{ id: "new", bytes: Buffer.from("new") }]).catch((error: unknown) => expect(error).toBeInstanceOf(JournalError));
    return found;
  } finally {
    await journal.close();
  }
}

describe("a damaged file (JRN-35, JRN-41, JRN-43)", () => {
  it(
    "with a zeroed page gives every record that the page did not hold, and takes more, or is refused as corrupt",
    () =>
      withFolder(async (folder) => {
        const { closed } = await makeFolders(folder);
        const content = await readFile(join(closed, "journal.db"));
        const outcomes = { refused: 0, whole: 0, partly: 0 };
        for (let page = 0; page < content.length / PAGE_BYTES; page++) {
          const path = join(folder, `page-${page}`);
          await mkdir(path);
          await writeFile(join(path, "journal.db"), Buffer.from(content).fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
          const found = await start(path);
          if (typeof found === "string") expect(found).toBe("corrupt");
          if (Array.isArray(found)) expect(found.length, `page ${page}`).toBeGreaterThanOrEqual(COUNT - 24);
          outcomes[typeof found === "string" ? "refused" : found.length === COUNT ? "whole" : "partly"] += 1;
        }
        expect(outcomes.partly).toBeGreaterThan(10);
        expect(outcomes.refused).toBeLessThan(20);
      }),
    60_000,
  );

  it(
    "that is cut short is refused as corrupt, or gives what is left as it was written",
    () =>
      withFolder(async (folder) => {
        const { closed } = await makeFolders(folder);
        const content = await readFile(join(closed, "journal.db"));
        for (const part of [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
          const path = join(folder, `cut-${part}`);
          await mkdir(path);
          await writeFile(join(path, "journal.db"), content.subarray(0, Math.floor(content.length * part)));
          const found = await start(path);
          if (Array.isArray(found)) expect(found.length).toBeLessThan(COUNT);
          else expect(found).toBe("corrupt");
        }
      }),
    60_000,
  );

  it(
    "with a torn write-ahead log has each group whole or not at all, in order, and goes on after the last whole one",
    () =>
      withFolder(async (folder) => {
        const { left } = await makeFolders(folder);
        const log = await readFile(join(left, "journal.db-wal"));
        const counts = new Set<number>();
        for (let cut = 0; cut <= 1; cut += 0.08) {
          const path = join(folder, `torn-${cut}`);
          await mkdir(path);
          await cp(join(left, "journal.db"), join(path, "journal.db"));
          await writeFile(join(path, "journal.db-wal"), log.subarray(0, Math.floor(log.length * cut)));
          const journal = await openInThread({ path });
          const found = await readWhatIsThere(journal);
          expect(found).toEqual(Array.from({ length: found.length }, (_, n) => n + 1));
          expect(found.length % 6).toBe(0);
          expect(await journal.append([{ id: "new", bytes: Buffer.from("new") }])).toEqual([
            { sequence: found.length + 1, duplicate: false },
          ]);
          await journal.close();
          counts.add(found.length);
        }
        expect(counts.size).toBeGreaterThan(5);
      }),
    60_000,
  );
});

describe("a folder in which the lock cannot be made (JRN-43)", () => {
  it("is refused with io and its path", () =>
    withFolder(async (folder) => {
      const path = join(folder, "data");
      // Works for root, too, whom permissions do not stop.
      await mkdir(join(path, "journal.lock"), { recursive: true });
      await expect(openSqliteJournal({ path })).rejects.toMatchObject({ code: "io", message: expect.stringContaining(path) as string });
    }));
});
