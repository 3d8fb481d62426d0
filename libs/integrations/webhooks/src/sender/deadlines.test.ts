import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDeadlines } from "./deadlines.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("deadlines", () => {
  it("tell of what is still there after the time, in its order, and of nothing else", () => {
    const due: string[] = [];
    const deadlines = createDeadlines<string>(30, (item) => due.push(item));
    deadlines.add("a");
    deadlines.add("b");
    deadlines.add("c");
    deadlines.delete("b");
    vi.advanceTimersByTime(20);
    deadlines.add("d");
    vi.advanceTimersByTime(9);
    expect(due).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual(["a", "c"]);
    vi.advanceTimersByTime(19);
    expect(due).toEqual(["a", "c"]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual(["a", "c", "d"]);
  });

  it("leave out what is deleted while others are told of, and take what is added then", () => {
    const due: string[] = [];
    const deadlines = createDeadlines<string>(20, (item) => {
      due.push(item);
      if (item !== "a") return;
      deadlines.delete("b");
      deadlines.add("c");
    });
    deadlines.add("a");
    deadlines.add("b");
    vi.advanceTimersByTime(20);
    expect(due).toEqual(["a"]);
    vi.advanceTimersByTime(20);
    expect(due).toEqual(["a", "c"]);
  });

  it("hold one timer for all, none when nothing is left as it goes off, and none once they are cleared", () => {
    const deadlines = createDeadlines<number>(10, () => undefined);
    for (let item = 0; item < 100; item++) deadlines.add(item);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(10);
    expect(vi.getTimerCount()).toBe(0);
    deadlines.add(1);
    expect(vi.getTimerCount()).toBe(1);
    deadlines.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keep no process alive", () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const deadlines = createDeadlines<number>(60_000, () => undefined);
    deadlines.add(1);
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBe(before);
    deadlines.clear();
  });
});
