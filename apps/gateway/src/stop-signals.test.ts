import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { createStopCounter, listenToStopSignals } from "./stop-signals.ts";

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

  it("SHD-1, SHD-8: are heard while somebody listens", async () => {
    const said: string[] = [];
    const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
    {
      using signals = listenToStopSignals();
      process.emit("SIGINT", "SIGINT");
      expect([await signals.stop, signals.stopping.aborted, signals.hurry.aborted]).toEqual(["SIGINT", true, false]);
      await sleep(1_010);
      process.emit("SIGTERM", "SIGTERM");
      expect(signals.hurry.aborted).toBe(true);
    }
    spy.mockRestore();
    expect(said).toEqual(["SIGTERM again: what is in flight is cut off; it goes on at the next start\n"]);
  });
});
