import { expect, it } from "vitest";
import { isReached, type JobRow } from "./job-row.ts";
import { renderTable } from "./table.ts";

const row: JobRow = {
  job: "J1",
  what: "gRPC Publish",
  unit: "records/s",
  ours: 120_000,
  bare: 150_000,
  ratio: 0.8,
  target: { atLeast: 0.65 },
  ackMs: { p50: 4.04, p99: 21.96 },
  cpuMicros: { ours: 5, bare: 2.5 },
  peakMemoryBytes: 300 * 1024 * 1024,
  lost: 0,
};

it("prints one aligned line per row, with what a row does not have left empty", () => {
  expect(renderTable([row])).toBe(
    [
      "| job | what         | ours              | bare              | ratio | target  |     | ack p50/p99 ms | delivery p50/p99 ms | CPU us/record | peak MiB | lost |",
      "| --- | ------------ | ----------------- | ----------------- | ----- | ------- | --- | -------------- | ------------------- | ------------- | -------- | ---- |",
      "| J1  | gRPC Publish | 120,000 records/s | 150,000 records/s | 0.80  | >= 0.65 | yes | 4.0 / 22.0     |                     | 5.0 / 2.5     | 300      | 0    |",
      "",
    ].join("\n"),
  );
});

it("reaches a target only when nothing was lost", () => {
  expect(isReached(row)).toBe(true);
  expect(isReached({ ...row, lost: 1 })).toBe(false);
  expect(isReached({ ...row, ratio: 0.64 })).toBe(false);
  expect(isReached({ ...row, target: { atMost: 0.7 } })).toBe(false);
  expect(isReached({ ...row, target: { atMost: 0.8 } })).toBe(true);
});
