import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Journal, JournalError } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import type { SqliteJournalOptions } from "../src/options.ts";
import { openWriteStore, type WriteStore } from "../src/write-store.ts";
import { type InThreadSurroundings, openInThread, withFolder } from "./in-thread.ts";

const all = { records: 1000, bytes: Infinity };
const entry = (id: string, size = 10) => ({ id, bytes: new Uint8Array(size).fill(id.length) });
const io = (message: string) => new JournalError("io", message);

interface Told {
  readonly level: "info" | "error";
  readonly message: string;
}

async function withJournal(
  surroundings: InThreadSurroundings,
  work: (journal: Journal, file: string, told: Told[]) => Promise<void>,
  options: Omit<SqliteJournalOptions, "path"> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "data");
    await mkdir(path);
    const told: Told[] = [];
    const logger = {
      info: (_: unknown, message: string) => void told.push({ level: "info", message }),
      error: (_: unknown, message: string) => void told.push({ level: "error", message }),
    };
    const journal = await openInThread({ path, logger, ...options }, surroundings);
    try {
      await work(journal, join(path, "journal.db"), told);
    } finally {
      await journal.close();
    }
  });
}

/** A writer whose disk fails when told: as the real one, it takes nothing more afterwards. */
function failingWriter() {
  const faults = { failNext: undefined as "lost" | "written" | undefined, failOpens: [] as JournalError[] };
  const openWriter: typeof openWriteStore = (options) => {
    const refusal = faults.failOpens.shift();
    if (refusal !== undefined) throw refusal;
    const store = openWriteStore(options);
    let failed = false;
    const write: WriteStore["write"] = (request) => {
      if (failed) throw io("takes no more");
      if (faults.failNext === undefined) return store.write(request);
      if (faults.failNext === "written") store.write(request);
      faults.failNext = undefined;
      failed = true;
      throw io("disk I/O error");
    };
    return { ...store, write };
  };
  return { faults, openWriter };
}

const state = (journal: Journal) => journal.condition().state;

describe("little room on the disk (JRN-32, JRN-34, JRN-44)", () => {
  it("is noticed before it is full: appends are refused with what is free and needed, commits are taken, and it heals by itself", () => {
    let free = 300 * 1024 * 1024;
    return withJournal({ freeBytes: async () => free }, async (journal, file, told) => {
      const log = await journal.open("d", "k");
      await journal.append([entry("a")]);
      free = 1.5 * 1024 * 1024;
      await expect.poll(() => state(journal), { timeout: 20_000 }).toBe("low_space");
      const refused = expect(journal.append([entry("b")])).rejects;
      await refused.toMatchObject({ code: "full", message: expect.stringContaining("1.5 MiB are free where ") as string });
      expect(journal.condition().message).toContain("at least 256 MiB must be; free some space, or lower min_free_bytes");
      await log.commit({ cursor: 1 });
      await journal.trimTo(1);
      free = 300 * 1024 * 1024;
      await expect.poll(() => state(journal), { timeout: 20_000 }).toBe("ok");
      expect(await journal.append([entry("b")])).toEqual([{ sequence: 2, duplicate: false }]);
      expect(told.map(({ level }) => level)).toEqual(["error", "info"]);
      expect(file).toContain("journal.db");
    });
  });

  it("is known before the first append, and a look that fails changes nothing", () => {
    let looks = 0;
    const freeBytes = async () => {
      looks += 1;
      if (looks > 1) throw new Error("no such device");
      return 5;
    };
    return withJournal({ freeBytes }, async (journal, _, told) => {
      expect(state(journal)).toBe("low_space");
      await expect.poll(() => told.length, { timeout: 20_000 }).toBeGreaterThan(2);
      expect(told[1]).toEqual({ level: "error", message: "the room on the disk could not be seen" });
      expect(state(journal)).toBe("low_space");
    });
  });

  it("is nobody's business with minFreeBytes 0", () =>
    withJournal(
      { freeBytes: async () => 0 },
      async (journal) => {
        expect(state(journal)).toBe("ok");
        await journal.append([entry("a")]);
      },
      { minFreeBytes: 0 },
    ));
});

describe("a full journal (JRN-32, JRN-34)", () => {
  it("says so after the write that was refused, and is well again after the next that is taken", () =>
    withJournal(
      {},
      async (journal) => {
        await journal.append([entry("a", 90_000)]);
        await expect(journal.append([entry("b", 120_000)])).rejects.toMatchObject({ code: "full" });
        expect(journal.condition()).toMatchObject({ state: "full", message: expect.stringContaining("nothing was written") as string });
        expect((await journal.usage()).fill).toBeGreaterThan(0.4);
        await journal.trimTo(1);
        expect(await journal.append([entry("b", 90_000)])).toEqual([{ sequence: 2, duplicate: false }]);
        expect(state(journal)).toBe("ok");
      },
      { maxFileBytes: 300_000 },
    ));
});

describe("a failed write (JRN-33)", () => {
  it("refuses everything with io until what was acknowledged is verified, then goes on with the same handles", () => {
    const { faults, openWriter } = failingWriter();
    return withJournal({ openWriter, recoveryDelayMs: 50 }, async (journal, _, told) => {
      const log = await journal.open("d", "k");
      await journal.append([entry("a"), entry("b")]);
      await log.commit({ cursor: 1, control: new Uint8Array([1]) });
      faults.failNext = "lost";
      const late = journal.waitPast(2, AbortSignal.timeout(5000));
      await expect(journal.append([entry("c")])).rejects.toMatchObject({
        code: "io",
        message: expect.stringContaining("disk I/O error") as string,
      });
      expect(journal.condition()).toMatchObject({ state: "recovering", message: expect.stringContaining("opened anew") as string });
      for (const call of [
        () => journal.append([entry("d")]),
        () => journal.read(0, all),
        () => journal.get(1),
        () => journal.find("a"),
        () => journal.trimTo(1),
        () => journal.open("d", "k"),
        () => log.commit({ cursor: 2 }),
        () => log.counts(),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: "io" });
      }
      expect(journal.bounds()).toEqual({ first: 1, head: 2 });
      await expect.poll(() => state(journal), { timeout: 20_000 }).toBe("ok");
      expect(await journal.append([entry("b"), entry("c")])).toEqual([
        { sequence: 2, duplicate: true },
        { sequence: 3, duplicate: false },
      ]);
      await late;
      await log.commit({ cursor: 3 });
      expect([log.cursor, [...log.control]]).toEqual([3, [1]]);
      expect((await journal.read(0, all)).map((one) => one.sequence)).toEqual([1, 2, 3]);
      expect(told.map(({ level }) => level)).toEqual(["error", "info"]);
    });
  });

  it("that is there after all is recognised when it is sent again, and handles show what is there", () => {
    const { faults, openWriter } = failingWriter();
    return withJournal({ openWriter }, async (journal) => {
      const log = await journal.open("d", "k");
      const other = await journal.open("e", "k");
      await journal.append([entry("a")]);
      await other.commit({ cursor: 1 });
      faults.failNext = "written";
      const [appended, committed] = await Promise.allSettled([
        journal.append([entry("b")]),
        log.commit({ cursor: 2, state: new Uint8Array([7]), control: new Uint8Array([8]) }),
      ]);
      expect([appended.status, committed.status]).toEqual(["rejected", "rejected"]);
      expect([log.cursor, log.state]).toEqual([undefined, undefined]);
      await expect.poll(() => state(journal), { timeout: 20_000 }).toBe("ok");
      expect(journal.bounds().head).toBe(2);
      expect((await journal.read(1, all)).map((one) => one.sequence)).toEqual([2]);
      expect(await journal.append([entry("b")])).toEqual([{ sequence: 2, duplicate: true }]);
      expect([log.cursor, [...(log.state ?? [])], [...log.control], other.cursor]).toEqual([2, [7], [8], 1]);
      await log.commit({ cursor: 2 });
    });
  });

  it("is tried again with growing delays while the disk fails on", () => {
    const { faults, openWriter } = failingWriter();
    return withJournal({ openWriter }, async (journal, _, told) => {
      await journal.append([entry("a")]);
      faults.failNext = "lost";
      faults.failOpens = [io("still failing"), io("and again"), new JournalError("locked", "another program reads")];
      await expect(journal.append([entry("b")])).rejects.toMatchObject({ code: "io" });
      await expect.poll(() => state(journal), { timeout: 20_000 }).toBe("ok");
      expect(told.filter(({ message }) => message === "the journal could not be opened anew")).toHaveLength(3);
      expect(await journal.append([entry("b")])).toEqual([{ sequence: 2, duplicate: false }]);
    });
  });

  it("again after it went well is mended again", () => {
    const { faults, openWriter } = failingWriter();
    return withJournal({ openWriter }, async (journal) => {
      for (const id of ["a", "b", "c"]) {
        faults.failNext = "lost";
        await expect(journal.append([entry(id)])).rejects.toMatchObject({ code: "io" });
        await expect.poll(() => state(journal), { timeout: 20_000 }).toBe("ok");
        await journal.append([entry(id)]);
      }
      expect(journal.bounds().head).toBe(3);
    });
  });

  it.each([
    [
      "records that were acknowledged are gone",
      "DELETE FROM record_group WHERE first_sequence > 1",
      "its last record is 1, and 2 was acknowledged",
    ],
    [
      "one of the last groups is not what was written",
      "UPDATE record_group SET body = zeroblob(10) WHERE first_sequence = 1",
      "not what was written",
    ],
    ["the file is of a newer format", "PRAGMA user_version = 9", "its format is 9"],
  ])("is for good, and says what to do, when %s", (_, damage, message) => {
    const { faults, openWriter } = failingWriter();
    return withJournal({ openWriter, recoveryDelayMs: 100 }, async (journal, file, told) => {
      const log = await journal.open("d", "k");
      await journal.append([entry("a")]);
      await journal.append([entry("b")]);
      faults.failNext = "lost";
      const waiting = expect(journal.waitPast(2, AbortSignal.timeout(5000))).rejects.toMatchObject({ code: "corrupt" });
      await expect(journal.append([entry("c")])).rejects.toMatchObject({ code: "io" });
      const db = new DatabaseSync(file);
      db.exec(damage);
      db.close();
      await expect.poll(() => state(journal), { timeout: 20_000 }).toBe("failed");
      await waiting;
      expect(journal.condition().message).toContain(message);
      expect(journal.condition().message).toContain("`tapioctl journal check ");
      await expect(journal.append([entry("d")])).rejects.toMatchObject({ code: "corrupt" });
      await expect(journal.read(0, all)).rejects.toMatchObject({ code: "corrupt" });
      await expect(log.commit({ cursor: 1 })).rejects.toMatchObject({ code: "corrupt" });
      expect(told.at(-1)).toEqual({ level: "error", message: "the journal failed for good" });
    });
  });

  it("that says that the file is damaged, again after it was opened anew, is for good", () => {
    let writes = 0;
    const openWriter: typeof openWriteStore = (options) => ({
      ...openWriteStore(options),
      write() {
        writes += 1;
        throw new JournalError("corrupt", "database disk image is malformed");
      },
    });
    return withJournal({ openWriter }, async (journal) => {
      await expect(journal.append([entry("a")])).rejects.toMatchObject({ code: "corrupt" });
      await expect.poll(() => state(journal), { timeout: 20_000 }).toBe("ok");
      await expect(journal.append([entry("a")])).rejects.toMatchObject({ code: "corrupt" });
      await expect.poll(() => state(journal), { timeout: 20_000 }).toBe("failed");
      expect(journal.condition().message).toContain("database disk image is malformed. To go on, stop this process");
      expect(writes).toBe(2);
    });
  });

  it("does not keep close from ending, while it waits and while it opens anew", async () => {
    for (const recoveryDelayMs of [0, 60_000]) {
      const { faults, openWriter } = failingWriter();
      await withJournal({ openWriter, recoveryDelayMs }, async (journal) => {
        await journal.append([entry("a")]);
        faults.failNext = "lost";
        await expect(journal.append([entry("b")])).rejects.toMatchObject({ code: "io" });
        await journal.close();
        await expect(journal.append([entry("b")])).rejects.toMatchObject({ code: "closed" });
        expect(state(journal)).toBe("failed");
      });
    }
  });
});
