import { open } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { DeliveryRow, Journal, JournalError } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { PAGE_BYTES } from "../src/schema.ts";
import { openInThread, withFolder } from "./in-thread.ts";

const all = { records: 1000, bytes: Infinity };
const entry = (id: string, size = 300) => ({ id, bytes: new Uint8Array(size) });

/** Four hundred groups of one record, of which the eleventh page has been overwritten. */
async function withDamagedPage(work: (journal: Journal) => Promise<void>): Promise<void> {
  await withFolder(async (path) => {
    const whole = await openInThread({ path });
    for (let group = 1; group <= 400; group++) await whole.append([entry(`r${group}`)]);
    await whole.close();
    const file = join(path, "journal.db");
    const db = new DatabaseSync(file);
    const leaf = db
      .prepare("SELECT pageno FROM dbstat WHERE name = 'record_group' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 10")
      .get();
    db.close();
    const handle = await open(file, "r+");
    await handle.write(new Uint8Array(PAGE_BYTES).fill(0xff), 0, PAGE_BYTES, (Number(leaf?.pageno) - 1) * PAGE_BYTES);
    await handle.close();
    const journal = await openInThread({ path });
    try {
      await work(journal);
    } finally {
      await journal.close();
    }
  });
}

describe("a damaged page", () => {
  it("JRN-35: is named, and passed over, wherever in it reading begins", () =>
    withDamagedPage(async (journal) => {
      const readable = (await journal.read(0, all)).length;
      expect(readable).toBeGreaterThan(50);
      const { damaged } = (await journal.read(readable, all).then(Object, (reason: unknown) => reason)) as JournalError;
      expect(damaged?.from).toBe(readable + 1);
      for (let after = readable + 1; after < (damaged?.to ?? 0); after++) {
        const inside = (await journal.read(after, all).then(Object, (reason: unknown) => reason)) as JournalError;
        expect(inside).toMatchObject({ code: "corrupt", damaged: { to: damaged?.to } });
      }
    }));

  it("JRN-33, JRN-35: that cannot be trimmed lets everything else go on", () =>
    withDamagedPage(async (journal) => {
      const trimming = journal.trimTo(300);
      const appending = journal.append([entry("new")]);
      await expect(trimming).rejects.toMatchObject({ code: "corrupt" });
      expect(await appending).toEqual([{ sequence: 401, duplicate: false }]);
      expect(journal.condition()).toEqual({ state: "ok", message: "" });
      await expect(journal.trimTo(300)).rejects.toMatchObject({ code: "corrupt" });
      expect(await journal.append([entry("new"), entry("newer")])).toEqual([
        { sequence: 401, duplicate: true },
        { sequence: 402, duplicate: false },
      ]);
    }));
});

describe("a journal that is as large as it may be", () => {
  it("JRN-32: has room for destinations' progress, also while producers try on", () =>
    withFolder(async (path) => {
      const journal = await openInThread({ path, maxFileBytes: 2_000_000 });
      const log = await journal.open("d", "k");
      for (let n = 0, isFull = false; !isFull; n++) {
        const group = Array.from({ length: 100 }, (_, index) => entry(`${n}-${index}`, 600));
        isFull = await journal.append(group).then(
          () => false,
          () => true,
        );
      }
      const row = (sequence: number): DeliveryRow => ({
        ...{ sequence, recordId: `r${sequence}`, state: "waiting", attempts: 1, firstAttemptAtMs: 1, dueAtMs: 1, code: "unavailable" },
        ...{ message: "away", bytes: new Uint8Array(600) },
      });
      const refused = expect(journal.append([entry("one more", 60_000)])).rejects.toMatchObject({
        code: "full",
        message: expect.stringMatching(
          /6\d{4} bytes do not fit: \d+ are used of the 1500000 that records may take, the rest of max_file_bytes \(2000000\)/,
        ) as string,
      });
      const committed = log.commit({ cursor: 100, put: Array.from({ length: 100 }, (_, index) => row(index + 1)) });
      await refused;
      await committed;
      expect(await log.counts()).toEqual({ waiting: 100, parked: 0, dead: 0 });
      await log.commit({ cursor: 101 });
      expect(journal.condition().state).toBe("full");
      expect((await journal.usage()).fill).toBeGreaterThan(0.95);
      await journal.trimTo(1000);
      await journal.append([entry("one more", 60_000)]);
      expect(journal.condition().state).toBe("ok");
      await journal.close();
    }));
});

describe("an id that came again after its age", () => {
  it("JRN-4: is recognised at its later place after reopening", () =>
    withFolder(async (path) => {
      let nowMs = 1_000_000;
      const options = { path, dedupeAgeMs: 600_000, dedupeRecords: 1000, clock: { now: () => nowMs } };
      const first = await openInThread(options);
      await first.append([entry("x")]);
      nowMs += 660_000;
      expect(await first.append([entry("x")])).toEqual([{ sequence: 2, duplicate: false }]);
      await first.close();
      nowMs += 60_000;
      const second = await openInThread(options);
      expect(await second.append([entry("x")])).toEqual([{ sequence: 2, duplicate: true }]);
      await second.close();
    }));
});
