import { Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { CountedHistogram } from "./counted-histogram.ts";

const shape = { name: "tapio_x_seconds", help: "Time.", buckets: [0.1, 1, 10], labelNames: ["destination"] };

async function textOf(registry: Registry): Promise<string> {
  return await registry.metrics();
}

describe("a histogram of counted observations", () => {
  it("shows what prom-client shows after as many single ones", async () => {
    const [counted, single] = [new Registry(), new Registry()];
    const ours = new CountedHistogram({ ...shape, registers: [counted] });
    const theirs = new Histogram({ ...shape, registers: [single] });
    const observations = [
      [0.1, "a", 3],
      [0.25, "b", 1],
      [99, "a", 2],
      [1.5, "b", 4],
      [0, "a", 1],
    ] as const;
    const labelsOf = { a: { destination: "a" }, b: { destination: "b" } };
    for (const [value, destination, times] of observations) {
      ours.observeTimes(value, labelsOf[destination], times);
      for (let time = 0; time < times; time++) theirs.observe({ destination }, value);
    }
    expect(await textOf(counted)).toBe(await textOf(single));
    expect(await textOf(counted)).toContain('tapio_x_seconds_count{destination="a"} 6');
  });

  it("has one series for equal labels, whoever made it, and for none", async () => {
    const registry = new Registry();
    const ours = new CountedHistogram({ ...shape, labelNames: [], registers: [registry] });
    ours.observe(2);
    ours.observeTimes(2);
    ours.observeTimes(2, {}, 2);
    expect(await textOf(registry)).toContain("tapio_x_seconds_count 4\n");
  });

  it("refuses what prom-client refuses", () => {
    const ours = new CountedHistogram({ ...shape, registers: [new Registry()] });
    expect(() => ours.observeTimes(Number.NaN)).toThrow("must be a number");
    expect(() => ours.observeTimes(1, { pod: "x" })).toThrow("label");
  });
});
