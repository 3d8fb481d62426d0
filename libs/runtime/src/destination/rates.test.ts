import { createFakeClock } from "@tapio/testing";
import { expect, it } from "vitest";
import { createHarness, events, untilLater } from "../../test/harness.ts";
import { createReceiver, fail } from "../../test/scripted-integration.ts";
import { createRates } from "./rates.ts";

it("rates are of the last minute, and nothing at once", async () => {
  const clock = createFakeClock();
  const totals = { delivered: 0, skipped: 0, failed: 0, parked: 0, dead: 0 };
  const rates = createRates(clock, totals);
  expect(rates.perSecond("delivered")).toBe(0);
  for (let second = 0; second < 90; second += 1) {
    await clock.advance(1000);
    if (second < 30) totals.delivered += 10;
    rates.sample();
  }
  expect(rates.perSecond("delivered")).toBe(0);
  totals.delivered += 120;
  await clock.advance(1000);
  rates.sample();
  expect(rates.perSecond("delivered")).toBeCloseTo(2, 1);
});

it("a record that is given up counts among the failed", async () => {
  const h = createHarness();
  const runtime = await h.start(h.spec("a", createReceiver({ on: () => fail("record_invalid") })));
  await h.journal.appendViews(events(1, 6));
  await untilLater(h.clock, () => (runtime.status()[0]?.failedPerSecond ?? 0) > 0, 10);
  await runtime.close();
});
