import { expect, it } from "vitest";
import { createHarness, events } from "../test/harness.ts";
import { createIntake } from "./intake.ts";
import { createRecordReader } from "./record-reader.ts";

it("DLV-15: a record on which the filter fails is handed over as unreadable, and the others go on", async () => {
  const { journal, clock } = createHarness();
  await journal.appendViews(events(1, 5));
  const unreadable: unknown[] = [];
  const failing: unknown[] = [];
  const intake = createIntake({
    ...{ destination: "d", journal, clock, position: 0, held: new Set<number>(), random: () => 0 },
    reader: createRecordReader(journal, { limit: { records: 500, bytes: 1e6 }, groupsMax: 4, bytesMax: 1e6 }),
    takes(view) {
      if (view.header.id === "e3") throw new Error("boom");
      return view.header.id !== "e4";
    },
    onSkipped: () => undefined,
    onEmpty: () => Promise.resolve(),
    onUnreadable: ({ sequence, problem, bytes }) => unreadable.push([sequence, problem, bytes.length > 0]),
    onFailing: (reason) => failing.push(reason),
  });
  expect(await intake.ready(new AbortController().signal)).toBe(true);
  const unit = intake.take(10, 1e6);
  expect([unit.deliveries.map(({ sequence }) => sequence), unit.through]).toEqual([[1, 2, 5], 5]);
  expect([unreadable, failing]).toEqual([[[3, "the filter failed: boom", true]], []]);
});
