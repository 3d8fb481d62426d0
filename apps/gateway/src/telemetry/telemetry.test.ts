import { describe, expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { createMeter } from "./meter.ts";

describe("the meter", () => {
  it("renders counters, gauges and histograms with their help", async () => {
    const meter = createMeter({ withProcessMetrics: false });
    meter.counter("tapio_x_things_total", "Things.", ["kind"]).add(2, { kind: "a" });
    meter.gauge("tapio_x_depth", "Depth.").set(7);
    meter.histogram("tapio_x_seconds", "Time.", [0.1, 1]).observe(0.5);
    expect(await meter.render("text")).toBe(`# HELP tapio_x_things_total Things.
# TYPE tapio_x_things_total counter
tapio_x_things_total{kind="a"} 2

# HELP tapio_x_depth Depth.
# TYPE tapio_x_depth gauge
tapio_x_depth 7

# HELP tapio_x_seconds Time.
# TYPE tapio_x_seconds histogram
tapio_x_seconds_bucket{le="0.1"} 0
tapio_x_seconds_bucket{le="1"} 1
tapio_x_seconds_bucket{le="+Inf"} 1
tapio_x_seconds_sum 0.5
tapio_x_seconds_count 1
`);
  });

  it("renders OpenMetrics, where a counter's family has no _total", async () => {
    const meter = createMeter({ withProcessMetrics: false });
    meter.counter("tapio_x_things_total", "Things.").add(1);
    meter.gauge("tapio_x_total", "A gauge whose name ends so.").set(1);
    expect(await meter.render("openmetrics")).toBe(`# HELP tapio_x_things Things.
# TYPE tapio_x_things counter
tapio_x_things_total 1
# HELP tapio_x_total A gauge whose name ends so.
# TYPE tapio_x_total gauge
tapio_x_total 1
`);
  });

  it("gives the same instrument for the same name", async () => {
    const meter = createMeter({ withProcessMetrics: false });
    meter.counter("tapio_x_things_total", "Things.").add(1);
    meter.counter("tapio_x_things_total", "Things.").add(1);
    expect(await meter.render("text")).toContain("tapio_x_things_total 2\n");
  });

  it("shows the process on request", async () => {
    expect(await createMeter({ withProcessMetrics: true }).render("text")).toContain("process_resident_memory_bytes ");
  });
});

describe("the clock", () => {
  it("sleeps, and wakes with the signal's reason", async () => {
    await systemClock.sleep(1);
    await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});
