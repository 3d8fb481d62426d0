import { expect, it } from "vitest";
import { openReadStore } from "../src/read-store.ts";
import { openInThread, withFolder } from "./in-thread.ts";

const limit = { records: 100, bytes: 1_000_000 };

it("what is appended after the first reading is read from memory, and what came before it by the reader", () =>
  withFolder(async (path) => {
    const readAfter: number[] = [];
    const journal = await openInThread(
      { path },
      {
        openReader(file) {
          const store = openReadStore(file);
          return { ...store, read: (after, ...rest) => (readAfter.push(after), store.read(after, ...rest)) };
        },
      },
    );
    const append = (id: string) => journal.append([{ id, bytes: new TextEncoder().encode(id) }]);
    const sequencesAfter = async (after: number) => (await journal.read(after, limit)).map(({ sequence }) => sequence);

    await append("a");
    await append("b");
    // At the head: nothing is there yet, and what comes is kept.
    expect(await sequencesAfter(2)).toEqual([]);
    await append("c");
    await append("d");
    expect(await sequencesAfter(2)).toEqual([3, 4]);
    expect(readAfter).toEqual([]);
    expect(await sequencesAfter(0)).toEqual([1, 2, 3, 4]);
    expect(readAfter).toEqual([0]);
    await journal.close();
  }));
