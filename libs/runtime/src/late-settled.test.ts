import { delivered } from "@tapio/integration-core";
import { expect, it } from "vitest";
import { createHarness, events, ids, untilLater } from "../test/harness.ts";
import { createReceiver, fail, hang } from "../test/scripted-integration.ts";

it("DLV-61: what was delivered from its row above a record that hangs is not sent again after an orderly stop", async () => {
  const h = createHarness();
  const receiver = createReceiver({
    on: ({ id, attempt }) =>
      id === "e1" && receiver.made === 1 ? hang() : id === "e2" && attempt === 1 && receiver.made === 1 ? fail("unavailable") : delivered(),
  });
  await h.journal.appendViews(events(1, 2));
  const first = await h.start(h.spec("a", receiver));
  await untilLater(h.clock, () => receiver.taken.includes("e2"), 30);
  const draining = first.drain(0);
  await h.clock.advance(5000);
  await draining;
  h.crash();
  const second = await h.start(h.spec("a", receiver));
  await untilLater(h.clock, () => h.journal.cursorOf("a") === 2 && h.journal.rowsOf("a").length === 0, 30);
  expect(receiver.taken.toSorted()).toEqual(ids(1, 2));
  await second.close();
});
