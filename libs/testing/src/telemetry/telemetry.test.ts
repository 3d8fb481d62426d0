import { expect, it } from "vitest";
import { recordingLogger, silentLogger } from "./loggers.ts";
import { createRecordingMeter, noopMeter } from "./meters.ts";
import { noopTracer } from "./noop-tracer.ts";

it("a recording meter keeps sums, last values and observations per label set, whatever the labels' order", () => {
  const meter = createRecordingMeter();
  const counter = meter.counter("tapio_a_total", "A.", ["x", "y"]);
  counter.add(1, { x: "1", y: "2" });
  counter.add(2, { y: "2", x: "1" });
  counter.add(5);
  meter.gauge("tapio_b", "B.").set(3);
  meter.gauge("tapio_b", "B.").set(4);
  const histogram = meter.histogram("tapio_c_seconds", "C.", [1, 2]);
  histogram.observe(0.5);
  histogram.observe(1.5);
  expect(meter.value("tapio_a_total", { x: "1", y: "2" })).toBe(3);
  expect(meter.value("tapio_a_total")).toBe(5);
  expect(meter.value("tapio_a_total", { x: "9" })).toBe(0);
  expect(meter.value("tapio_b")).toBe(4);
  expect(meter.observations("tapio_c_seconds")).toEqual([0.5, 1.5]);
  expect(meter.observations("tapio_c_seconds", { x: "1" })).toEqual([]);
  expect(meter.names()).toEqual(["tapio_a_total", "tapio_b", "tapio_c_seconds"]);
});

it("a recording logger keeps level, fields and message", () => {
  const logger = recordingLogger();
  logger.debug({ a: 1 }, "one");
  logger.info({}, "two");
  logger.warn({}, "three");
  logger.error({}, "four");
  expect(logger.entries).toEqual([
    { level: "debug", fields: { a: 1 }, message: "one" },
    { level: "info", fields: {}, message: "two" },
    { level: "warn", fields: {}, message: "three" },
    { level: "error", fields: {}, message: "four" },
  ]);
});

it("the silent ones take everything and say nothing", () => {
  silentLogger.error({}, "nobody hears this");
  noopMeter.counter("a", "A.").add(1);
  noopMeter.gauge("b", "B.").set(1);
  noopMeter.histogram("c", "C.", []).observe(1);
  const span = noopTracer.startSpan("work");
  span.setError("nobody hears this");
  span.set({ records: 7 });
  expect(span.run(() => 7)).toBe(7);
  expect(span.end()).toBeUndefined();
});
