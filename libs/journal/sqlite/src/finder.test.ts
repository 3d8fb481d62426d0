import { JournalError } from "@tapio/journal";
import { expect, it } from "vitest";
import { createFinder } from "./finder.ts";
import type { IndexStore } from "./index-store.ts";
import type { ReadStore } from "./read-store.ts";
import { SEGMENT_RECORDS } from "./stores.ts";
import type { WorkerClient } from "./worker-client.ts";

/** A thread that answers every call alike, until it dies. */
function thread<Store>(answer: number, opened: Promise<void> = Promise.resolve()) {
  const death = Promise.withResolvers<JournalError>();
  const calls: string[] = [];
  let dead: JournalError | undefined;
  const client: WorkerClient<Store> = {
    opened,
    died: death.promise,
    async call(method) {
      calls.push(method);
      if (dead) throw dead;
      return answer as never;
    },
    async end() {
      calls.push("end");
    },
  };
  const die = () => {
    dead = new JournalError("io", "the thread ended");
    death.resolve(dead);
  };
  return { client, calls, die };
}

function place(index: ReturnType<typeof thread<IndexStore>>) {
  const reader = thread<ReadStore>(1);
  let starts = 0;
  const position = { head: 65_535, trimmedTo: 0 };
  const startIndex = () => {
    starts += 1;
    return index.client;
  };
  const finder = createFinder({ reader: reader.client, startIndex }, () => position, 2);
  return { finder, reader, position, starts: () => starts };
}

const hash = new Uint32Array(4);
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

it("a small journal is looked through by the reader, a larger one by the index's thread, which ends with the finder", async () => {
  const index = thread<IndexStore>(2);
  const { finder, position, starts } = place(index);
  await pause();
  expect([starts(), await finder.find(hash)]).toEqual([0, 1]);
  position.head = SEGMENT_RECORDS;
  await expect.poll(() => finder.find(hash), { timeout: 20_000 }).toBe(2);
  await pause();
  expect(starts()).toBe(1);
  await finder.close();
  expect(index.calls.slice(-2)).toEqual(["close", "end"]);
});

it("the reader does it when the index's thread dies, and no other is started at once", async () => {
  const index = thread<IndexStore>(2);
  const { finder, position, starts } = place(index);
  position.head = SEGMENT_RECORDS;
  await expect.poll(() => finder.find(hash), { timeout: 20_000 }).toBe(2);
  index.die();
  expect(await finder.find(hash)).toBe(1);
  await pause();
  expect([starts(), await finder.find(hash)]).toEqual([1, 1]);
  await finder.close();
});

it("the reader does it when the index cannot be opened", async () => {
  const opened = Promise.reject<void>(new JournalError("corrupt", "no"));
  opened.catch(() => undefined);
  const index = thread<IndexStore>(2, opened);
  const { finder, position, starts } = place(index);
  position.head = SEGMENT_RECORDS;
  await expect.poll(starts, { timeout: 20_000 }).toBe(1);
  await pause();
  expect(await finder.find(hash)).toBe(1);
  expect(index.calls).toEqual(["end"]);
  await finder.close();
});
