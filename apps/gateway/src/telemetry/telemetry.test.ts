import { LogLevel } from "@tapio/contracts/gateway/v1/config";
import { describe, expect, it } from "vitest";
import { activeSpans } from "./active-span.ts";
import { systemClock } from "./clock.ts";
import { createLogger, type GatewayLogger } from "./logger.ts";
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

describe("the log", () => {
  function open(level: LogLevel): { logger: GatewayLogger; lines: () => unknown[] } {
    let text = "";
    const logger = createLogger(level, { write: (line) => void (text += line) });
    return {
      logger,
      lines: () =>
        text
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line) as unknown),
    };
  }

  it("is JSON, one event per line, and its level may change", () => {
    const { logger, lines } = open(LogLevel.WARN);
    logger.info({ a: 1 }, "unheard");
    logger.warn({ a: 1 }, "heard");
    logger.setLevel(LogLevel.DEBUG);
    logger.debug({}, "heard too");
    logger.setLevel(LogLevel.UNSPECIFIED);
    logger.debug({}, "unheard");
    logger.info({}, "the default");
    expect(lines()).toMatchObject([
      { level: "warn", a: 1, msg: "heard", time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string },
      { level: "debug", msg: "heard too" },
      { level: "info", msg: "the default" },
    ]);
  });

  it("names the span in which a line was written, if that is kept", () => {
    const { logger, lines } = open(LogLevel.INFO);
    const span = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
    activeSpans.run({ ...span, isKept: true }, () => logger.error({}, "kept"));
    activeSpans.run({ ...span, isKept: false }, () => logger.error({}, "not kept"));
    const [kept, notKept] = lines() as readonly Record<string, unknown>[];
    expect([kept?.["trace_id"], kept?.["span_id"], notKept?.["trace_id"]]).toEqual([span.traceId, span.spanId, undefined]);
  });
});

describe("the clock", () => {
  it("sleeps, and wakes with the signal's reason", async () => {
    await systemClock.sleep(1);
    await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});
