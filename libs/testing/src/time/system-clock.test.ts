import { expect, it } from "vitest";
import { systemClock } from "./system-clock.ts";
import { within } from "./within.ts";

it("the system clock moves by itself", async () => {
  const before = systemClock.now();
  await systemClock.sleep(5);
  expect(systemClock.now()).toBeGreaterThan(before);
});

it("the system clock's sleep rejects with the signal's own reason", async () => {
  const reason = new Error("enough");
  await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  const controller = new AbortController();
  const nap = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);
  await expect(nap).rejects.toBe(reason);
});

it("within gives the answer, passes an error on, and names what hangs", async () => {
  await expect(within(Promise.resolve(7), "the answer")).resolves.toBe(7);
  await expect(within(Promise.reject(new Error("broken")), "the answer")).rejects.toThrow("broken");
  await expect(within(new Promise(() => undefined), "the answer", 5)).rejects.toThrow("the answer did not end within 5 ms");
});
