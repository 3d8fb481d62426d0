import { describe, expect, it } from "vitest";
import { createSlots } from "./slots.ts";

const { signal: never } = new AbortController();

describe("slots", () => {
  it("are given to as many as there are, and then in the order of asking", async () => {
    const slots = createSlots({ count: 2, waitMsMax: 60_000 });
    const order: string[] = [];
    const giveBackA = await slots.take(never);
    const giveBackB = await slots.take(never);
    const third = slots.take(never).then((giveBack) => (order.push("third"), giveBack));
    const fourth = slots.take(never).then((giveBack) => (order.push("fourth"), giveBack));
    await Promise.resolve();
    expect(order).toEqual([]);
    giveBackB();
    (await third)();
    (await fourth)();
    giveBackA();
    expect(order).toEqual(["third", "fourth"]);
  });

  it("are not lost with a waiter that left", async () => {
    const slots = createSlots({ count: 1, waitMsMax: 60_000 });
    const giveBack = await slots.take(never);
    const leaving = new AbortController();
    const left = slots.take(leaving.signal);
    leaving.abort(new Error("no more time"));
    await expect(left).rejects.toThrow("no more time");
    giveBack();
    (await slots.take(never))();
    (await slots.take(never))();
  });

  it("are waited for no longer than allowed, and are not lost with who stopped waiting", async () => {
    const slots = createSlots({ count: 1, waitMsMax: 30 });
    const giveBack = await slots.take(never);
    await expect(slots.take(never)).rejects.toThrow("none of 1 places became free within 30 ms");
    giveBack();
    (await slots.take(never))();
    (await slots.take(never))();
  });

  it("are not given to who comes with an aborted signal", async () => {
    await expect(createSlots({ count: 1, waitMsMax: 60_000 }).take(AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
  });
});
