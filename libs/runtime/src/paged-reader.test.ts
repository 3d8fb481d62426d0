import { queryObjects } from "node:v8";
import { createFakeClock, sampleViews } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createPagedReader } from "./paged-reader.ts";
import type { ReadRecord } from "./record-reader.ts";

const sequences = (records: readonly ReadRecord[]): number[] => records.map(({ sequence }) => sequence);
const [view] = sampleViews(1);

/** Over a reader that gives so many records at a time, up to 10,000. */
function pagesOf(count: number) {
  const clock = createFakeClock();
  const asked: number[] = [];
  const reader = createPagedReader(
    {
      async read(after) {
        asked.push(after);
        const length = Math.min(count, 10_000 - after);
        return Array.from({ length }, (_, index) => ({ sequence: after + 1 + index, appendedAtMs: 0, view: view! }));
      },
    },
    clock,
  );
  return { clock, asked, reader };
}

/** Whether the event loop has had a turn until the promise settles. */
async function takesTurn(work: () => Promise<unknown>): Promise<boolean> {
  let turned = false;
  setImmediate(() => (turned = true));
  await work();
  return turned;
}

describe("reading in pages", () => {
  it("hands out a large group by a thousand records, each once, and reads on behind it", async () => {
    const { reader, asked } = pagesOf(2500);
    const found: number[] = [];
    const sizes: number[] = [];
    for (let page = await reader.read(0); page.length > 0; page = await reader.read(found.at(-1) ?? 0)) {
      found.push(...sequences(page));
      sizes.push(page.length);
    }
    expect(found).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
    expect(sizes.slice(0, 4)).toEqual([1000, 1000, 500, 1000]);
    expect(asked).toEqual([0, 2500, 5000, 7500, 10_000]);
  });

  it("DLV-13: keeps nothing of what was given", async () => {
    class Read {
      readonly sequence: number;
      readonly appendedAtMs = 0;
      readonly view = view!;
      constructor(sequence: number) {
        this.sequence = sequence;
      }
    }
    const group = async (after: number) => Array.from({ length: 2500 }, (_, index) => new Read(after + 1 + index));
    const reader = createPagedReader({ read: group }, createFakeClock());
    const give = async (): Promise<number> => (await reader.read(0)).length + (await reader.read(1000)).length;
    expect(await give()).toBe(2000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(queryObjects(Read, { format: "count" })).toBe(500);
  });

  it("forgets the rest when somebody goes on elsewhere", async () => {
    const { reader, asked } = pagesOf(2500);
    await reader.read(0);
    expect(sequences(await reader.read(7)).slice(0, 2)).toEqual([8, 9]);
    expect(sequences(await reader.read(1007)).slice(0, 2)).toEqual([1008, 1009]);
    expect(asked).toEqual([0, 7]);
  });

  it("gives way between two pages once the first took long", async () => {
    const { reader, clock } = pagesOf(2500);
    await reader.read(0);
    expect(await takesTurn(() => reader.read(1000))).toBe(false);
    await clock.advance(6);
    expect(await takesTurn(() => reader.read(2000))).toBe(true);
  });
});
