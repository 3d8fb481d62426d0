import { createMemoryJournal } from "@tapio/journal-memory";
import { createRecordingMeter } from "@tapio/testing";
import { expect, it } from "vitest";
import { createJournalMetrics } from "./journal-metrics.ts";

it("the journal's gauges are as it is at that moment", async () => {
  const journal = createMemoryJournal({ maxRecords: 4 });
  const meter = createRecordingMeter();
  const refresh = createJournalMetrics({ journal, meter, freeBytes: async () => 7_000, pending: () => ({ groups: 3, bytes: 90 }) });
  await journal.append([{ id: "a", bytes: new Uint8Array(10) }]);
  await journal.append([{ id: "b", bytes: new Uint8Array(20) }]);
  await journal.trimTo(1);
  await refresh();
  const names = ["head_sequence", "first_sequence", "record_bytes", "fill_ratio", "disk_free_bytes"];
  expect(names.map((name) => meter.value(`tapio_journal_${name}`))).toEqual([2, 2, 20, 0.25, 7_000]);
  expect(meter.value("tapio_journal_condition", { state: "ok" })).toBe(1);
  expect(["groups", "bytes"].map((name) => meter.value(`tapio_ingest_pending_${name}`))).toEqual([3, 90]);
});

it("a journal that is closed shows its condition, and fails no scrape", async () => {
  const journal = createMemoryJournal();
  const meter = createRecordingMeter();
  const refresh = createJournalMetrics({
    journal,
    meter,
    freeBytes: () => Promise.reject(new Error("no such folder")),
    pending: () => ({ groups: 0, bytes: 0 }),
  });
  await journal.close();
  await refresh();
  expect(["ok", "failed"].map((state) => meter.value("tapio_journal_condition", { state }))).toEqual([0, 1]);
});
