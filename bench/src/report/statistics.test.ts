import { expect, it } from "vitest";
import { median, quantilesOf } from "./statistics.ts";

it("takes the middle value, and the mean of the two middle ones of an even number", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 100])).toBe(3);
  expect(median([])).toBeNaN();
});

it("gives the median and the 99th percentile whatever the order", () => {
  const durations = Array.from({ length: 1000 }, (_, index) => 1000 - index);
  expect(quantilesOf(durations)).toEqual({ p50: 501, p99: 991 });
});
