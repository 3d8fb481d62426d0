import type { Meter, Outcome } from "@tapio/integration-core";
import type { Breaker } from "./breaker.ts";
import type { DestinationState } from "./destination-status.ts";

/** What became of records, for `tapio_delivery_records_total`. `failed` counts failed attempts' records that will be tried again. */
export type RecordOutcome = "delivered" | "skipped" | "failed" | "dead";

/** The instruments of one destination. */
export interface DeliveryMetrics {
  records(outcome: RecordOutcome, count: number): void;
  /** One attempt of one or many records. */
  attempted(outcomes: readonly Outcome[], durationMs: number): void;
  /** From the record's append to its delivery. */
  latency(milliseconds: number): void;
  /** Rows of a destination at which nobody works. */
  kept(values: { waiting: number; dead: number }): void;
  /** Items of a request that the receiver took but for them. */
  partial(rejected: number): void;
  gauges(values: {
    lag: number;
    waiting: number;
    dead: number;
    inFlight: number;
    breaker: Breaker["state"];
    state: DestinationState;
  }): void;
}

const secondsBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600];
const breakerStates = ["closed", "half_open", "open"] as const;
const destinationStates = ["starting", "running", "backing_off", "journal_failing", "disabled", "fenced", "stopped"] as const;

export function createDeliveryMetrics(meter: Meter, destination: string): DeliveryMetrics {
  const records = meter.counter("tapio_delivery_records_total", "Records by what became of them.", ["destination", "outcome"]);
  const attempts = meter.counter("tapio_delivery_attempts_total", "Records attempted, by the outcome's code.", ["destination", "code"]);
  const duration = meter.histogram("tapio_delivery_attempt_duration_seconds", "How long attempts took.", secondsBounds, ["destination"]);
  const latency = meter.histogram(
    "tapio_delivery_latency_seconds",
    "From a record's append to its delivery at the first attempt.",
    secondsBounds,
    ["destination"],
  );
  const partials = meter.counter(
    "tapio_delivery_partial_rejections_total",
    "Items that receivers rejected of requests that they took otherwise.",
    ["destination"],
  );
  const lag = meter.gauge(
    "tapio_delivery_lag_records",
    "Journal head minus cursor; what waits for its next attempt is below the cursor, see tapio_delivery_waiting.",
    ["destination"],
  );
  const waiting = meter.gauge("tapio_delivery_waiting", "Deliveries that wait for their next attempt.", ["destination"]);
  const dead = meter.gauge("tapio_delivery_dead_letters", "Dead letters kept.", ["destination"]);
  const inFlight = meter.gauge("tapio_delivery_in_flight_records", "Records in flight.", ["destination"]);
  const breaker = meter.gauge("tapio_delivery_breaker_state", "1 for the state that the breaker is in.", ["destination", "state"]);
  const state = meter.gauge("tapio_delivery_destination_state", "1 for the state that the destination is in.", ["destination", "state"]);
  const labels = { destination };
  return {
    records(outcome, count) {
      if (count > 0) records.add(count, { destination, outcome });
    },
    attempted(outcomes, durationMs) {
      const byCode = new Map<string, number>();
      for (const outcome of outcomes) {
        const code = outcome.kind === "failed" ? outcome.error.code : outcome.kind;
        byCode.set(code, (byCode.get(code) ?? 0) + 1);
      }
      for (const [code, count] of byCode) attempts.add(count, { destination, code });
      duration.observe(durationMs / 1000, labels);
    },
    latency(milliseconds) {
      latency.observe(Math.max(0, milliseconds) / 1000, labels);
    },
    partial(rejected) {
      partials.add(rejected, labels);
    },
    kept(values) {
      waiting.set(values.waiting, labels);
      dead.set(values.dead, labels);
    },
    gauges(values) {
      lag.set(values.lag, labels);
      waiting.set(values.waiting, labels);
      dead.set(values.dead, labels);
      inFlight.set(values.inFlight, labels);
      for (const name of breakerStates) breaker.set(name === values.breaker ? 1 : 0, { destination, state: name });
      for (const name of destinationStates) state.set(name === values.state ? 1 : 0, { destination, state: name });
    },
  };
}
