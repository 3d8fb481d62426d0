import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWindowTracker } from "./window-tracker.ts";

describe("the cursor is the highest contiguous settled position (DLV-10)", () => {
  it("stands while the first range is open, and then moves over all settled ones at once", () => {
    const tracker = createWindowTracker(10);
    const [a, b, c] = [tracker.add(14, 4), tracker.add(20, 4), tracker.add(24, 4)];
    tracker.settle(b);
    expect([tracker.cursor, tracker.openRecords, tracker.isOvertaken(a), tracker.isOvertaken(c)]).toEqual([10, 12, true, false]);
    tracker.settle(a);
    expect([tracker.cursor, tracker.openRecords, tracker.position]).toEqual([20, 4, 24]);
    tracker.settle(c);
    expect([tracker.cursor, tracker.openRecords]).toEqual([24, 0]);
  });

  it("joins empty ranges behind an open one, so that a filter that takes nothing costs no memory", () => {
    const tracker = createWindowTracker(0);
    const open = tracker.add(1, 1);
    const empty = tracker.add(5, 0);
    tracker.settle(empty);
    expect(tracker.add(9, 0)).toBe(empty);
    expect(tracker.isOvertaken(open)).toBe(false);
    tracker.settle(open);
    expect(tracker.cursor).toBe(9);
    expect(tracker.add(12, 0)).not.toBe(empty);
  });

  it("refuses a range that does not move forward", () => {
    const tracker = createWindowTracker(5);
    expect(() => tracker.add(5, 1)).toThrow("a range must end above 5, not at 5");
  });

  it("agrees with a slow model, whatever the order of settling", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 60 }), (order) => {
        const tracker = createWindowTracker(0);
        const ranges = order.map((_, index) => tracker.add(index + 1, 1));
        const settled = new Set<number>();
        const indices = order.map((key, index) => ({ key, index })).sort((x, y) => x.key - y.key);
        for (const { index } of indices) {
          const range = ranges[index];
          if (range !== undefined) tracker.settle(range);
          settled.add(index + 1);
          let contiguous = 0;
          while (settled.has(contiguous + 1)) contiguous += 1;
          expect(tracker.cursor).toBe(contiguous);
          expect(tracker.openRecords).toBe(order.length - contiguous);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("keeps only what is open over many ranges", () => {
    const tracker = createWindowTracker(0);
    for (let at = 1; at <= 5000; at += 1) tracker.settle(tracker.add(at, 1));
    expect([tracker.cursor, tracker.openRecords]).toEqual([5000, 0]);
  });
});
