import { describe, expect, it } from "vitest";
import { createStopCounter } from "./stop-signals.ts";

describe("signals to stop", () => {
  it.each([
    ["SHD-1: one stops", [0], ["stop"]],
    ["SHD-8: npm's repetition of Ctrl-C counts once", [0, 20], ["stop", undefined]],
    ["SHD-8: the second hurries", [0, 1_000], ["stop", "hurry"]],
    ["SHD-8: the second's repetition counts once", [0, 5_000, 5_020], ["stop", "hurry", undefined]],
    ["SHD-9: the third ends, and so does each after it", [0, 1_500, 3_000, 9_000], ["stop", "hurry", "exit", "exit"]],
  ])("%s", (_, timesMs, expected) => {
    let nowMs = 0;
    const count = createStopCounter(() => nowMs);
    expect(timesMs.map((atMs) => ((nowMs = atMs), count()))).toEqual(expected);
  });
});
