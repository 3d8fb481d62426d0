import { delivered, skipped } from "@tapio/integration-core";
import { createRecordingMeter } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createDeliveryMetrics } from "./delivery-metrics.ts";

describe("the latencies of an attempt", () => {
  it("are those of the records that were delivered and came from the journal, each from its own append", () => {
    const meter = createRecordingMeter();
    const metrics = createDeliveryMetrics(meter, "a");
    const appended = [1000, 1000, 1000, 2000, undefined, 2500, 2500, 9000];
    const outcomes = appended.map((_, index) => (index === 1 ? skipped("not wanted") : delivered()));
    metrics.latencies(
      appended.map((appendedAtMs) => ({ appendedAtMs })),
      outcomes,
      3000,
    );
    // A clock that was set back since makes no negative latency.
    expect(meter.observations("tapio_delivery_latency_seconds", { destination: "a" })).toEqual([2, 2, 1, 0.5, 0.5, 0]);
  });
});
