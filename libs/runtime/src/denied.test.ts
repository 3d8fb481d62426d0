import { delivered } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, until } from "../test/harness.ts";
import { createReceiver, fail } from "../test/scripted-integration.ts";

describe("a receiver that lets nobody in", () => {
  it("DLV-28: what waits for a person goes out at once at the next start, with its attempts kept", async () => {
    const h = createHarness();
    await h.journal.appendViews(events(1, 2));
    const before = await h.start(h.spec("a", createReceiver({ batch: true, on: () => fail("access_denied") })));
    await until(() => h.journal.rowsOf("a").length === 2);
    await before.close();

    const receiver = createReceiver({ batch: true, on: () => delivered() });
    const after = await h.start(h.spec("a", receiver));
    await until(() => h.journal.rowsOf("a").length === 0);
    expect(receiver.arrivals.map(({ id, attempt }) => [id, attempt])).toEqual([
      ["e1", 2],
      ["e2", 2],
    ]);
    await after.close();
  });

  it("DLV-28: leaves other waiting deliveries to their time", async () => {
    const h = createHarness();
    await h.journal.appendViews(events(1, 1));
    const before = await h.start(h.spec("a", createReceiver({ batch: true, on: () => fail("unavailable") })));
    await until(() => h.journal.rowsOf("a").length === 1);
    await before.close();

    const receiver = createReceiver({ batch: true, on: () => delivered() });
    const after = await h.start(h.spec("a", receiver));
    await idle();
    expect(receiver.arrivals).toEqual([]);
    await after.close();
  });
});
