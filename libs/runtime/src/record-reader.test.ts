import { createFakeClock, sampleViews } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createFakeJournal } from "../test/fake-journal.ts";
import { createRecordReader, type ReadRecord } from "./record-reader.ts";

const sequences = (records: readonly ReadRecord[]): number[] => records.map(({ sequence }) => sequence);

async function journalOf(count: number) {
  const journal = createFakeJournal(createFakeClock());
  await journal.appendViews(sampleViews(count));
  return journal;
}

describe("reading for all destinations (DLV-13)", () => {
  it("reads a group once for those that ask at the same time, and later, also from its middle", async () => {
    const journal = await journalOf(10);
    const reader = createRecordReader(journal, { limit: { records: 6, bytes: 1e6 }, groupsMax: 4, bytesMax: 1e6, readers: () => 9 });
    const [a, b] = await Promise.all([reader.read(0), reader.read(0)]);
    expect(sequences(a)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(b).toBe(a);
    const middle = await reader.read(4);
    expect(sequences(middle)).toEqual([5, 6]);
    expect(middle[0]).toBe(a[4]);
    expect(journal.reads).toBe(1);
    expect(sequences(await reader.read(6))).toEqual([7, 8, 9, 10]);
    expect(sequences(await reader.read(10))).toEqual([]);
    expect(journal.reads).toBe(3);
  });

  it.each([
    ["groups", { groupsMax: 2, bytesMax: 1e9 }],
    ["bytes", { groupsMax: 100, bytesMax: 1 }],
  ])("keeps no more %s than it may", async (_what, bounds) => {
    const journal = await journalOf(6);
    const reader = createRecordReader(journal, { limit: { records: 2, bytes: 1e6 }, ...bounds, readers: () => 9 });
    for (const after of [0, 2, 4, 4, 0]) await reader.read(after);
    expect(journal.reads).toBe(4);
  });

  it("lets go of a group once all destinations have read it, and keeps nothing for one alone", async () => {
    const journal = await journalOf(4);
    let readers = 3;
    const reader = createRecordReader(journal, { limit: { records: 2, bytes: 1e6 }, groupsMax: 4, bytesMax: 1e6, readers: () => readers });
    await Promise.all([reader.read(0), reader.read(0)]);
    expect(journal.reads).toBe(1);
    await reader.read(1); // the third, which stands in the middle
    expect(journal.reads).toBe(1);
    await reader.read(0);
    expect(journal.reads).toBe(2);
    readers = 1;
    await reader.read(2);
    await reader.read(2);
    expect(journal.reads).toBe(4);
  });

  it("reads again after a failure, a throw in place of a rejection included", async () => {
    const journal = await journalOf(1);
    let failures = 2;
    const read: typeof journal.read = (after, limit) => {
      failures -= 1;
      if (failures === 1) throw new Error("thrown");
      return failures === 0 ? Promise.reject(new Error("rejected")) : journal.read(after, limit);
    };
    const reader = createRecordReader({ read }, { limit: { records: 2, bytes: 1e6 }, groupsMax: 1, bytesMax: 1, readers: () => 9 });
    await expect(reader.read(0)).rejects.toThrow("thrown");
    await expect(reader.read(0)).rejects.toThrow("rejected");
    expect(sequences(await reader.read(0))).toEqual([1]);
  });
});
