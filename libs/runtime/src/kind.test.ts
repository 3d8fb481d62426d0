import { expect, it } from "vitest";
import { createHarness, events, until } from "../test/harness.ts";
import { createReceiver, fail } from "../test/scripted-integration.ts";

it("DLV-45: another kind of integration under the same name is refused, alone, and the log is left as it is", async () => {
  const h = createHarness();
  await h.journal.appendViews(events(1, 3));
  const before = await h.start(h.spec("a", createReceiver({ on: () => fail("unavailable") }), { kind: "webhooks" }));
  await until(() => h.journal.rowsOf("a").length === 3 && h.journal.cursorOf("a") === 3);
  await before.close();
  const rows = h.journal.rowsOf("a");

  const [changed, other] = [createReceiver(), createReceiver()];
  const after = await h.start(h.spec("a", changed, { kind: "grpc" }), h.spec("b", other));
  await h.journal.appendViews(events(4, 4));
  await until(() => other.taken.length === 4);
  expect(after.status()[0]).toMatchObject({ state: "disabled", cursor: 3, lag: 1, waiting: 3, lastError: { code: "config_invalid" } });
  expect(after.status()[0]?.reason).toContain('"a" was webhooks and is grpc');
  expect(after.status()[0]?.reason).toContain("give the new destination a name of its own");
  expect([changed.made, changed.arrivals.length, h.journal.rowsOf("a")]).toEqual([0, 0, rows]);
  await after.close();
  const back = await h.start(h.spec("a", changed, { kind: "webhooks" }));
  await until(() => changed.taken.length > 0);
  await back.close();
});
