import type { Meter, Outcome } from "@tapio/integration-core";
import type { Breaker } from "./breaker.ts";
import type { DestinationState } from "./destination-status.ts";
import type { Delivery } from "./machine/delivery.ts";

/** What became of records, for `tapio_delivery_records_total`. `failed` counts records that will be tried again, at each failed attempt. */
export type RecordOutcome = "delivered" | "skipped" | "failed" | "parked" | "dead";

/** The instruments of one destination. */
export interface DeliveryMetrics {
  /** Since this process started. */
  readonly totals: Readonly<Record<RecordOutcome, number>>;
  /** Attempts that were not the first of their record. */
  retried(records: number): void;
  records(outcome: RecordOutcome, count: number): void;
  /** One attempt of one or many records. */
  attempted(outcomes: readonly Outcome[], durationMs: number): void;
  /** From the append of each record that was delivered to its delivery. */
  latencies(deliveries: readonly Pick<Delivery, "appendedAtMs">[], outcomes: readonly Outcome[], nowMs: number): void;
  /** Rows of a destination at which nobody works. */
  kept(values: { waiting: number; dead: number }): void;
  /** Items of a request that the receiver took but for them. */
  partial(rejected: number): void;
  gauges(values: {
    lag: number;
    lagBytes: number;
    lagSeconds: number;
    waiting: number;
    parked: number;
    dead: number;
    inFlight: number;
    breaker: Breaker["state"];
    state: DestinationState;
  }): void;
}

const secondsBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600];
const breakerStates = ["closed", "recovering", "half_open", "open"] as const;
const destinationStates = [
  ...(["starting", "running", "backing_off", "journal_failing", "draining", "blocked_by_key", "blocked_by_retries"] as const),
  ...(["paused", "disabled", "fenced", "stopped"] as const),
];

/** Makes, or finds, the instruments of one destination. */
export function createDeliveryMetrics(meter: Meter, destination: string): DeliveryMetrics {
  const labels = { destination };
  const records = meter.counter("tapio_delivery_records_total", "Records by what became of them.", ["destination", "outcome"]);
  const attempts = meter.counter("tapio_delivery_attempts_total", "Records attempted, by the outcome's code.", ["destination", "code"]);
  const retries = meter.counter("tapio_delivery_retries_total", "Records attempted again after a failure.", ["destination"]);
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
  const totals = { delivered: 0, skipped: 0, failed: 0, parked: 0, dead: 0 };
  return {
    ...createDeliveryGauges(meter, destination),
    totals,
    records(outcome, count) {
      if (count <= 0) return;
      totals[outcome] += count;
      records.add(count, { destination, outcome });
    },
    retried: (count) => retries.add(count, labels),
    attempted(outcomes, durationMs) {
      for (let index = 0; index < outcomes.length;) {
        // Those of one batch mostly have one code.
        const code = codeOf(outcomes[index]);
        const first = index;
        while (index < outcomes.length && codeOf(outcomes[index]) === code) index += 1;
        attempts.add(index - first, { destination, code });
      }
      duration.observe(durationMs / 1000, labels);
    },
    latencies(deliveries, outcomes, nowMs) {
      // Records of one group were appended in the same millisecond.
      let atMs: number | undefined;
      let count = 0;
      const observe = (): void => {
        if (atMs !== undefined && count > 0) latency.observe(Math.max(0, nowMs - atMs) / 1000, labels, count);
        count = 0;
      };
      for (let index = 0; index < deliveries.length; index++) {
        if (outcomes[index]?.kind !== "delivered") continue;
        const appendedAtMs = deliveries[index]?.appendedAtMs;
        if (appendedAtMs !== atMs) observe();
        atMs = appendedAtMs;
        count += 1;
      }
      observe();
    },
    partial(rejected) {
      partials.add(rejected, labels);
    },
  };
}

function codeOf(outcome: Outcome | undefined): string {
  return outcome?.kind === "failed" ? outcome.error.code : (outcome?.kind ?? "");
}

function createDeliveryGauges(meter: Meter, destination: string): Pick<DeliveryMetrics, "kept" | "gauges"> {
  const gauge = (name: string, help: string) => meter.gauge(`tapio_delivery_${name}`, help, ["destination"]);
  const lag = gauge(
    "lag_records",
    "Journal head minus cursor; what waits for its next attempt is below the cursor, see tapio_delivery_waiting.",
  );
  const lagBytes = gauge("lag_bytes", "Bytes of the records between cursor and head.");
  const lagSeconds = gauge("lag_seconds", "Age of the oldest record above the cursor.");
  const waiting = gauge("waiting", "Deliveries that wait for their next attempt.");
  const parked = gauge("parked", "Deliveries that wait for another of their key.");
  const dead = gauge("dead_letters", "Dead letters kept.");
  const inFlight = gauge("in_flight_records", "Records in flight.");
  const breaker = meter.gauge("tapio_delivery_breaker_state", "1 for the state that the breaker is in.", ["destination", "state"]);
  const state = meter.gauge("tapio_delivery_destination_state", "1 for the state that the destination is in.", ["destination", "state"]);
  const labels = { destination };
  return {
    kept(values) {
      waiting.set(values.waiting, labels);
      dead.set(values.dead, labels);
    },
    gauges(values) {
      lag.set(values.lag, labels);
      lagBytes.set(values.lagBytes, labels);
      lagSeconds.set(values.lagSeconds, labels);
      waiting.set(values.waiting, labels);
      parked.set(values.parked, labels);
      dead.set(values.dead, labels);
      inFlight.set(values.inFlight, labels);
      for (const name of breakerStates) breaker.set(name === values.breaker ? 1 : 0, { destination, state: name });
      for (const name of destinationStates) state.set(name === values.state ? 1 : 0, { destination, state: name });
    },
  };
}
