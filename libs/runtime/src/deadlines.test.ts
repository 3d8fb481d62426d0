import { createFakeClock } from "@tapio/testing";
import { expect, it } from "vitest";
import { createDeadlines } from "./deadlines.ts";

it("DLV-25: each attempt ends after its own time, with one sleeper for all; the ended ones are left alone", async () => {
  const clock = createFakeClock();
  const deadlines = createDeadlines(clock, 100, new AbortController().signal);
  const ended: string[] = [];
  const unwatch = deadlines.watch((why) => ended.push(`a ${why}`));
  await clock.advance(40);
  deadlines.watch((why) => ended.push(`b ${why}`));
  await clock.advance(20);
  deadlines.watch((why) => ended.push(`c ${why}`));
  expect(clock.sleeperCount()).toBe(1);
  unwatch();
  await clock.advance(79);
  expect(ended).toEqual([]);
  await clock.advance(1);
  expect(ended).toEqual(["b timeout"]);
  await clock.advance(20);
  expect(ended).toEqual(["b timeout", "c timeout"]);
  expect(clock.sleeperCount()).toBe(0);
  deadlines.watch((why) => ended.push(`d ${why}`));
  await clock.advance(100);
  expect(ended.at(-1)).toBe("d timeout");
});

it("DLV-61: a stop ends all attempts at once, and the sleeper with them", async () => {
  const clock = createFakeClock();
  const stop = new AbortController();
  const deadlines = createDeadlines(clock, 100, stop.signal);
  const ended: string[] = [];
  deadlines.watch((why) => ended.push(`a ${why}`));
  deadlines.watch((why) => ended.push(`b ${why}`));
  expect(deadlines.stopped).toBe(false);
  stop.abort();
  expect(ended).toEqual(["a stopped", "b stopped"]);
  expect(deadlines.stopped).toBe(true);
  await clock.advance(0);
  expect(clock.sleeperCount()).toBe(0);
});
