import { expect, it } from "vitest";
import { createHarness, events, ids, window } from "../test/harness.ts";
import { createReceiver } from "../test/scripted-integration.ts";

it("DLV-1, DLV-6: what was trimmed while a destination was not configured is a visible dead letter when it comes back, and the rest is delivered", async () => {
  const h = createHarness();
  const receiver = createReceiver();
  await h.journal.appendViews(events(1, 2));
  const before = await h.start(h.spec("a", receiver));
  await before.settled();
  await before.close();
  await h.journal.appendViews(events(3, 7));
  await h.journal.trimTo(5);
  h.crash();
  const runtime = await h.start(h.spec("a", receiver, { window: window() }));
  await runtime.settled();
  expect(receiver.taken).toEqual([...ids(1, 2), ...ids(6, 7)]);
  expect(h.journal.rowsOf("a")).toMatchObject([{ sequence: 3, through: 5, state: "dead", code: "trimmed" }]);
  expect(runtime.status()).toMatchObject([{ cursor: 7, lag: 0, dead: 1 }]);
  await runtime.close();
});

it("one that finds nothing but what was trimmed waits for new records, without looking for them again and again", async () => {
  const h = createHarness();
  const receiver = createReceiver();
  await (await h.start(h.spec("a", receiver))).close();
  await h.journal.appendViews(events(1, 3));
  await h.journal.trimTo(3);
  h.crash();
  const runtime = await h.start(h.spec("a", receiver));
  await h.clock.advance(60_000);
  expect(h.journal.reads).toBeLessThan(5);
  await h.journal.appendViews(events(4, 4));
  await runtime.settled();
  expect(receiver.taken).toEqual(["e4"]);
  await runtime.close();
});
