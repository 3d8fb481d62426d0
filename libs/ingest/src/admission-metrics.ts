import type { Meter, SubmitResult } from "@tapio/integration-core";

export interface AdmissionMetrics {
  count(source: string, results: readonly SubmitResult[]): void;
  /** Nothing of a batch was taken: the caller was told to come later. */
  refused(source: string, records: number): void;
  /** How long a group took from its submission to its durability. */
  durable(seconds: number): void;
}

const durableBoundsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createAdmissionMetrics(meter: Meter): AdmissionMetrics {
  const records = meter.counter("tapio_ingest_records_total", "Records by source and by what became of them.", ["source", "result"]);
  const durable = meter.histogram(
    "tapio_ingest_durable_seconds",
    "Time from a batch's submission until it is durable and may be acknowledged.",
    durableBoundsSeconds,
  );
  return {
    count(source, results) {
      const tally = { accepted: 0, duplicate: 0, rejected: 0 };
      for (const result of results) tally[result.status] += 1;
      for (const [result, value] of Object.entries(tally)) if (value > 0) records.add(value, { source, result });
    },
    refused(source, count) {
      records.add(count, { source, result: "refused" });
    },
    durable(seconds) {
      durable.observe(seconds);
    },
  };
}
