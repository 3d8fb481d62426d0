import { describe, expect, it } from "vitest";
import { createReplayWindow } from "./replay-window.ts";

describe("a replay window", () => {
  it("never holds more ids than it may", () => {
    const window = createReplayWindow({ durationMs: 1000, idsMax: 3 });
    for (let index = 0; index < 100; index += 1) window.add(`id-${index}`, index);
    expect(window.size).toBe(3);
    expect(["id-96", "id-97", "id-98", "id-99"].map((id) => window.has(id, 100))).toEqual([false, true, true, true]);
  });

  it("lets go of what is too old when something comes", () => {
    const window = createReplayWindow({ durationMs: 1000, idsMax: 100 });
    window.add("a", 0);
    window.add("b", 500);
    window.add("c", 1001);
    expect(window.size).toBe(2);
    expect(window.has("b", 1500)).toBe(true);
    expect(window.has("b", 1501)).toBe(false);
  });

  it("starts an id's time anew when it is added again", () => {
    const window = createReplayWindow({ durationMs: 1000, idsMax: 2 });
    window.add("a", 0);
    window.add("b", 1);
    window.add("a", 2);
    window.add("c", 3);
    expect(["a", "b", "c"].map((id) => window.has(id, 3))).toEqual([true, false, true]);
  });
});
