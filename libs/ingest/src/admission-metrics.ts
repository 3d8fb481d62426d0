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
      let accepted = 0;
      let duplicate = 0;
      for (const { status } of results) {
        if (status === "accepted") accepted += 1;
        else if (status === "duplicate") duplicate += 1;
      }
      const rejected = results.length - accepted - duplicate;
      if (accepted > 0) records.add(accepted, { source, result: "accepted" });
      if (duplicate > 0) records.add(duplicate, { source, result: "duplicate" });
      if (rejected > 0) records.add(rejected, { source, result: "rejected" });
    },
    refused(source, count) {
      records.add(count, { source, result: "refused" });
    },
    durable(seconds) {
      durable.observe(seconds);
    },
  };
}
