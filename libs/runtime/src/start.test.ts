import { IntegrationError } from "@tapio/integration-core";
import { JournalError } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, until } from "../test/harness.ts";
import { createReceiver, fail } from "../test/scripted-integration.ts";
import type { StartPosition } from "./policy.ts";

describe("a start ahead of the journal", () => {
  it.each<[string, (nowMs: number) => StartPosition, string]>([
    ["sequence", () => ({ at: "sequence", after: 4 }), "start.after_sequence is 4, but the last sequence of the journal is 3"],
    [
      "time",
      (nowMs) => ({ at: "time", atMs: nowMs + 1000 }),
      "start.time is 2026-01-02T03:04:06.000Z, but it is 2026-01-02T03:04:05.000Z now",
    ],
    ["time beyond all calendars", () => ({ at: "time", atMs: 1e17 }), "start.time is 100000000000000000 ms"],
  ])("DLV-5: a %s is refused, without a cursor, and the right one works afterwards", async (_what, start, words) => {
    const h = createHarness();
    await h.journal.appendViews(events(1, 3));
    const receiver = createReceiver();
    const refused = await h.start(h.spec("a", receiver, { start: start(h.clock.now()) }));
    await h.journal.appendViews(events(4, 6));
    await refused.settled();
    expect(refused.status()[0]).toMatchObject({ state: "disabled", lag: 6, lastError: { code: "config_invalid" } });
    expect(refused.status()[0]?.reason).toContain(words);
    expect([h.journal.cursorOf("a"), receiver.made]).toEqual([undefined, 0]);
    expect((await refused.drain(0)).complete).toBe(false);

    const mended = await h.start(h.spec("a", receiver, { start: { at: "sequence", after: 4 } }));
    await until(() => receiver.taken.length === 2);
    await mended.close();
  });

  it("DLV-2, DLV-5: the head itself is a fine place, and a destination with a cursor is not asked", async () => {
    const h = createHarness();
    await h.journal.appendViews(events(1, 3));
    const receiver = createReceiver();
    const runtime = await h.start(h.spec("a", receiver, { start: { at: "sequence", after: 3 } }));
    expect(runtime.status()[0]).toMatchObject({ cursor: 3, lag: 0 });
    await runtime.close();
    const again = await h.start(h.spec("a", receiver, { start: { at: "sequence", after: 99 } }));
    await h.journal.appendViews(events(4, 4));
    await until(() => receiver.taken.length === 1);
    await again.close();
  });
});

describe("a destination that is no longer configured", () => {
  const warnings = (h: ReturnType<typeof createHarness>): unknown[] =>
    h.logger.entries.filter(({ level, message }) => level === "warn" && message.includes("configured")).map(({ fields }) => fields);

  it("DLV-6: is named with what it left behind, which stays and goes on when the name comes back", async () => {
    const h = createHarness();
    await h.journal.appendViews(events(1, 3));
    const on = ({ id }: { id: string }) => fail(id === "e2" ? "record_invalid" : "unavailable");
    const before = await h.start(h.spec("old", createReceiver({ on })));
    await until(() => h.journal.rowsOf("old").length === 3);
    await before.close();
    await h.journal.appendViews(events(4, 8));
    const rows = h.journal.rowsOf("old");
    expect(warnings(h)).toEqual([]);

    const receiver = createReceiver();
    const renamed = await h.start(h.spec("new", receiver));
    await until(() => receiver.taken.length === 8);
    expect(warnings(h)).toEqual([{ destination: "old", kind: "scripted", waiting: 2, dead: 1, cursor: 3, lag: 5 }]);
    expect(h.meter.value("tapio_delivery_waiting", { destination: "old" })).toBe(2);
    expect(h.meter.value("tapio_delivery_dead_letters", { destination: "old" })).toBe(1);
    expect([h.journal.rowsOf("old"), h.journal.cursorOf("old")]).toEqual([rows, 3]);
    await renamed.close();

    const mended = createReceiver();
    const back = await h.start(h.spec("old", mended));
    await until(() => back.status()[0]?.cursor === 8);
    expect(mended.taken).toContain("e4");
    await back.close();
  });

  it("keeps nobody from starting when it cannot be looked at", async () => {
    const h = createHarness();
    h.journal.destinations = () => Promise.reject(new JournalError("io", "EIO"));
    await h.journal.appendViews(events(1, 1));
    const receiver = createReceiver();
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => receiver.taken.length === 1);
    expect(warnings(h)).toMatchObject([{ error: expect.stringContaining("EIO") }]);
    await runtime.close();
  });
});

it("begun() resolves when each integration was initialized or will not be, and not before", async () => {
  const h = createHarness();
  const initialized = Promise.withResolvers<void>();
  const slow = createReceiver({ initialize: () => initialized.promise });
  const refused = createReceiver({
    initialize: () => Promise.reject(new IntegrationError({ integration: "x", operation: "y", code: "config_invalid", message: "no" })),
  });
  const runtime = await h.start(h.spec("slow", slow), h.spec("refused", refused));
  let begun = false;
  void runtime.begun().then(() => (begun = true));
  await idle();
  expect(begun).toBe(false);
  initialized.resolve();
  await until(() => begun);
  await runtime.close();
});

it("DLV-6: what the journal removed while a destination was not configured is one visible dead letter when it comes back", async () => {
  const h = createHarness();
  const receiver = createReceiver();
  await h.journal.appendViews(events(1, 2));
  const first = await h.start(h.spec("a", receiver));
  await first.settled();
  await first.apply([]);
  await h.journal.appendViews(events(3, 6));
  await h.journal.trimTo(4);
  await first.apply([h.spec("a", receiver)]);
  await first.settled();
  expect(receiver.taken).toEqual(["e1", "e2", "e5", "e6"]);
  expect(h.journal.rowsOf("a")).toMatchObject([{ sequence: 3, through: 4, state: "dead", code: "trimmed" }]);
  expect(first.status()[0]).toMatchObject({ dead: 1, lag: 0 });
  await first.close();
});
