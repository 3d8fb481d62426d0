import { delivered } from "@tapio/integration-core";
import { expect, it } from "vitest";
import { createHarness, events, idle, until } from "../../test/harness.ts";
import { createReceiver, fail } from "../../test/scripted-integration.ts";

it("DLV-81: resuming makes due at once what waits for its next attempt", async () => {
  const h = createHarness();
  let isDown = true;
  const receiver = createReceiver({ on: () => (isDown ? fail("internal") : delivered()) });
  await h.journal.appendViews(events(1, 2));
  const retry = { ...h.spec("x", receiver).retry, initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
  const runtime = await h.start(h.spec("a", receiver, { retry }));
  await until(() => runtime.status()[0]?.waiting === 2);
  isDown = false;
  await idle();
  expect(receiver.taken).toEqual([]);
  await runtime.control.resumeDestination("a");
  await until(() => receiver.taken.length === 2);
  expect(receiver.taken).toEqual(["e1", "e2"]);
  await runtime.close();
});

it("DLV-81: another configuration makes due at once what waits, too", async () => {
  const h = createHarness();
  const receiver = createReceiver({ on: () => (receiver.made < 2 ? fail("internal") : delivered()) });
  await h.journal.appendViews(events(1, 1));
  const retry = { ...h.spec("x", receiver).retry, initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
  receiver.made = 0;
  const runtime = await h.start(h.spec("a", receiver, { retry }));
  await until(() => runtime.status()[0]?.waiting === 1);
  await runtime.apply([h.spec("a", receiver, { retry, configHash: "hash-2" })]);
  await until(() => receiver.taken.length === 1);
  await runtime.close();
});
