import { expect, it } from "vitest";
import { createHarness, events } from "../test/harness.ts";
import { createIntake } from "./intake.ts";
import type { Judge } from "./judge.ts";
import { createRecordReader } from "./record-reader.ts";

it("DLV-15: what is filtered, unreadable or held is handed out beside the deliveries, in their range", async () => {
  const { journal, clock } = createHarness();
  await journal.appendViews(events(1, 6));
  const judge: Judge = ({ sequence }) => {
    if (sequence === 3) return { kind: "unreadable", problem: "the filter failed: boom" };
    return sequence === 4 ? { kind: "skip", reason: "filter: no" } : { kind: "take", key: undefined };
  };
  const intake = createIntake({
    ...{ destination: "d", journal, clock, position: 0, above: new Set([2]), random: () => 0, judge },
    reader: createRecordReader(journal, { limit: { records: 500, bytes: 1e6 }, groupsMax: 4, bytesMax: 1e6, readers: () => 1 }),
    onDamaged: () => undefined,
    onFailing: (reason) => expect.unreachable(String(reason)),
  });
  expect(await intake.ready(new AbortController().signal)).toBe(true);
  const unit = intake.take(2, 1e6);
  expect([unit.deliveries.map(({ sequence }) => sequence), unit.through]).toEqual([[1, 5], 5]);
  expect(unit.passed.map(({ sequence, end, unreadable }) => [sequence, end.kind, unreadable?.problem])).toEqual([
    [2, "held", undefined],
    [3, "held", "the filter failed: boom"],
    [4, "skipped", undefined],
  ]);
  expect(intake.take(2, 1e6)).toMatchObject({ deliveries: [{ sequence: 6 }], passed: [], through: 6 });
});

it("an intake that ends after a sequence hands out nothing above it, and wakes when it is told so while it waits", async () => {
  const { journal, clock } = createHarness();
  await journal.appendViews(events(1, 2));
  const intake = createIntake({
    ...{ destination: "d", journal, clock, position: 0, above: new Set<number>(), random: () => 0 },
    judge: () => ({ kind: "take", key: undefined }),
    reader: createRecordReader(journal, { limit: { records: 500, bytes: 1e6 }, groupsMax: 4, bytesMax: 1e6, readers: () => 1 }),
    onDamaged: () => undefined,
    onFailing: (reason) => expect.unreachable(String(reason)),
  });
  const { signal } = new AbortController();
  expect(await intake.ready(signal)).toBe(true);
  expect(intake.take(10, 1e6).through).toBe(2);
  const waiting = intake.ready(signal);
  intake.endAfter(2);
  expect(await waiting).toBe(false);
});
