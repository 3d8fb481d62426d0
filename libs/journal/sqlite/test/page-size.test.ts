import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openInThread, withFolder } from "./in-thread.ts";

function pageBytesOf(path: string): unknown {
  const db = new DatabaseSync(join(path, "journal.db"), { readOnly: true });
  try {
    return db.prepare("PRAGMA page_size").get()?.page_size;
  } finally {
    db.close();
  }
}

/** A journal of one record whose file has pages of this size, as an older version made it. */
async function makeJournal(path: string, pageBytes: number): Promise<void> {
  const journal = await openInThread({ path });
  await journal.append([{ id: "first", bytes: new Uint8Array(90_000).fill(1) }]);
  await journal.close();
  const db = new DatabaseSync(join(path, "journal.db"));
  db.exec(`PRAGMA journal_mode = DELETE; PRAGMA page_size = ${pageBytes}; VACUUM`);
  db.close();
}

describe("the pages of a file", () => {
  it("are of 8 KiB in a new one", () =>
    withFolder(async (path) => {
      await (await openInThread({ path })).close();
      expect(pageBytesOf(path)).toBe(8192);
    }));

  it.each([4096, 8192, 65_536])("of %d bytes stay in one that has them, and it is read and written on", (pageBytes) =>
    withFolder(async (path) => {
      await makeJournal(path, pageBytes);
      const journal = await openInThread({ path });
      const second = [{ id: "second", bytes: new Uint8Array(90_000).fill(2) }];
      expect(await journal.append(second)).toEqual([{ sequence: 2, duplicate: false }]);
      await journal.close();
      const again = await openInThread({ path });
      expect((await again.read(0, { records: 9, bytes: Infinity })).map(({ bytes }) => [bytes.length, bytes[89_999]])).toEqual([
        [90_000, 1],
        [90_000, 2],
      ]);
      expect(await again.append(second)).toEqual([{ sequence: 2, duplicate: true }]);
      await again.close();
      expect(pageBytesOf(path)).toBe(pageBytes);
    }),
  );

  it.each([4096, 8192])("JRN-32: of %d bytes hold to the file's bound in bytes, with room left for destinations", (pageBytes) =>
    withFolder(async (path) => {
      await makeJournal(path, pageBytes);
      const maxFileBytes = 1_000_000;
      const journal = await openInThread({ path, maxFileBytes });
      const log = await journal.open("d", "k");
      let taken = 1;
      const append = () => journal.append([{ id: `r${taken}`, bytes: new Uint8Array(30_000) }]);
      const fill = async (): Promise<void> => {
        for (;;) {
          await append();
          taken += 1;
        }
      };
      await expect(fill()).rejects.toMatchObject({ code: "full" });
      expect(taken).toBeGreaterThan(14);
      await log.commit({ cursor: 1, state: new Uint8Array(150_000) });
      await expect(log.commit({ state: new Uint8Array(400_000) })).rejects.toMatchObject({ code: "full" });
      await journal.close();
      expect(statSync(join(path, "journal.db")).size).toBeLessThanOrEqual(maxFileBytes);
    }),
  );

  it.each([4096, 8192, 65_536])("of %d bytes: the write-ahead log is copied into the file every MiB", (pageBytes) =>
    withFolder(async (path) => {
      await makeJournal(path, pageBytes);
      const journal = await openInThread({ path });
      for (let n = 0; n < 40; n++) await journal.append([{ id: `r${n}`, bytes: new Uint8Array(250_000) }]);
      const logBytes = statSync(join(path, "journal.db-wal")).size;
      expect(logBytes).toBeGreaterThan(0.75 * 1024 * 1024);
      expect(logBytes).toBeLessThan(2 * 1024 * 1024);
      await journal.close();
    }),
  );
});
