import { describe, expect, it } from "vitest";
import { openInThread, withFolder } from "./in-thread.ts";

/** Groups of `each` records, that are handed over whole where they can be. */
async function withGroups(each: number, work: (journal: Awaited<ReturnType<typeof openInThread>>) => Promise<void>): Promise<void> {
  await withFolder(async (path) => {
    const journal = await openInThread({ path, tailBytesMax: 0 });
    for (let group = 0; group < 4; group++) {
      const numbers = Array.from({ length: each }, (_, index) => group * each + index + 1);
      await journal.append(numbers.map((number) => ({ id: `r${number}`, bytes: bytesOf(number) })));
    }
    await work(journal);
    await journal.close();
  });
}

/** 10,000 bytes or some more. */
const bytesOf = (number: number): Uint8Array => new Uint8Array(10_000 + number).fill(number);

describe("JRN-10, JRN-11: groups that are handed over to the main thread", () => {
  it.each([5, 10, 11, 25, 1000])("are read again and again, from wherever somebody begins, %d records at a time", (records) =>
    withGroups(10, async (journal) => {
      const limit = { records, bytes: Infinity };
      for (const start of [0, 3, 10, 0, 17]) {
        const found = [];
        for (let page = await journal.read(start, limit); page.length > 0; page = await journal.read(found.at(-1)?.sequence ?? 0, limit))
          found.push(...page);
        expect(found.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 - start }, (_, index) => start + 1 + index));
        for (const { sequence, bytes, size } of found) expect([size, bytes]).toEqual([10_000 + sequence, bytesOf(sequence)]);
      }
    }),
  );

  it("come with what has been appended since somebody began to read", () =>
    withGroups(10, async (journal) => {
      const limit = { records: 15, bytes: Infinity };
      expect((await journal.read(0, limit)).at(-1)?.sequence).toBe(15);
      expect((await journal.read(15, limit)).at(-1)?.sequence).toBe(30);
      await journal.append([{ id: "r41", bytes: bytesOf(41) }]);
      expect((await journal.read(30, limit)).map(({ sequence }) => sequence)).toEqual([31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41]);
    }));
});
