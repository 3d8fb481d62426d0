import { createFakeClock, sampleViews } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createFakeJournal } from "../test/fake-journal.ts";
import { createRecordReader, type ReadRecord, type RecordReaderOptions } from "./record-reader.ts";

const sequences = (records: readonly ReadRecord[]): number[] => records.map(({ sequence }) => sequence);

/** `asked`: after which sequences the journal was read. */
async function readerOf(count: number, options: Partial<RecordReaderOptions> & { readonly records: number }) {
  const journal = createFakeJournal(createFakeClock());
  await journal.appendViews(sampleViews(count));
  const asked: number[] = [];
  const source = { fails: new Map<number, Error>() };
  const read: typeof journal.read = (after, limit) => {
    asked.push(after);
    const failure = source.fails.get(after);
    source.fails.delete(after);
    return failure === undefined ? journal.read(after, limit) : Promise.reject(failure);
  };
  const { records, ...rest } = options;
  const reader = createRecordReader({ read }, { limit: { records, bytes: 1e6 }, groupsMax: 4, bytesMax: 1e6, readers: () => 9, ...rest });
  return { journal, reader, asked, source };
}

describe("reading for all destinations (DLV-13)", () => {
  it("reads a group once for those that ask at the same time, and later, also from its middle", async () => {
    const { reader, asked } = await readerOf(10, { records: 11 });
    const [a, b] = await Promise.all([reader.read(0), reader.read(0)]);
    expect(sequences(a)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(b).toBe(a);
    const middle = await reader.read(8);
    expect(sequences(middle)).toEqual([9, 10]);
    expect(middle[0]).toBe(a[8]);
    expect(sequences(await reader.read(10))).toEqual([]);
    expect(asked).toEqual([0, 10]);
  });

  it.each([
    ["groups", { groupsMax: 2, bytesMax: 1e9 }],
    ["bytes", { groupsMax: 100, bytesMax: 1 }],
  ])("keeps no more %s than it may", async (what, bounds) => {
    const { journal, reader, asked } = await readerOf(2, { records: 9, ...bounds });
    for (const after of [0, 2, 4]) {
      await reader.read(after);
      await journal.appendViews(sampleViews(2));
    }
    expect(asked).toEqual([0, 2, 4]);
    for (const after of [4, 2, 0]) await reader.read(after);
    expect(asked.slice(3)).toEqual(what === "groups" ? [0] : [2, 0]);
  });

  it("lets go of a group once all destinations have read it, and keeps nothing for one alone", async () => {
    let readers = 3;
    const { reader, asked } = await readerOf(4, { records: 5, readers: () => readers });
    await Promise.all([reader.read(0), reader.read(0)]);
    await reader.read(1); // the third, which stands in the middle
    expect(asked).toEqual([0]);
    readers = 1;
    await reader.read(0);
    await reader.read(0);
    expect(asked).toEqual([0, 0, 0]);
  });

  it("reads again after a failure, a throw in place of a rejection included", async () => {
    const { journal } = await readerOf(1, { records: 2 });
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

describe("reading ahead", () => {
  it("is begun behind a full group, once, and is what the next one is given", async () => {
    const { reader, asked } = await readerOf(5, { records: 2, readers: () => 1 });
    await reader.read(0);
    expect(asked).toEqual([0, 2]);
    expect(sequences(await reader.read(2))).toEqual([3, 4]);
    expect(asked).toEqual([0, 2, 4]);
    expect(sequences(await reader.read(4))).toEqual([5]);
    expect(asked).toEqual([0, 2, 4]);
  });

  it("is begun behind a group that its bytes about fill, too, and behind no smaller one", async () => {
    const size = sampleViews(3).reduce((sum, view) => sum + view.bytes.length, 0);
    for (const [bytes, expected] of [
      [size, [0, 3]],
      [size * 3, [0]],
    ] as const) {
      const { reader, asked } = await readerOf(3, { limit: { records: 100, bytes }, records: 100, readers: () => 1 });
      await reader.read(0);
      expect(asked).toEqual(expected);
    }
  });

  it("gives what was there then, and what came since at the next time", async () => {
    const { journal, reader } = await readerOf(2, { records: 2, readers: () => 1 });
    await reader.read(0);
    await Promise.resolve();
    await journal.appendViews(sampleViews(1));
    expect(sequences(await reader.read(2))).toEqual([]);
    expect(sequences(await reader.read(2))).toEqual([3]);
  });

  it("is tried again by the one who asks when it failed", async () => {
    const { reader, asked, source } = await readerOf(4, { records: 2, readers: () => 1 });
    source.fails.set(2, new Error("no luck"));
    await reader.read(0);
    await new Promise((resolve) => setTimeout(resolve));
    expect(sequences(await reader.read(2))).toEqual([3, 4]);
    expect(asked).toEqual([0, 2, 2, 4]);
  });

  it("holds one group for each destination at most: those that moved elsewhere leave none behind", async () => {
    const { reader, asked } = await readerOf(9, { records: 2, readers: () => 1 });
    for (const after of [0, 4, 6]) await reader.read(after);
    expect(asked).toEqual([0, 2, 4, 6, 8]);
    await reader.read(2);
    expect(asked).toEqual([0, 2, 4, 6, 8, 2, 4]);
  });
});
