import { delivered, type Outcome } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, ids, until, window } from "../test/harness.ts";
import { createReceiver } from "../test/scripted-integration.ts";

describe("the window", () => {
  it("DLV-14: reaches no more than four times itself beyond an attempt that does not end", async () => {
    const h = createHarness();
    const stuck = Promise.withResolvers<Outcome>();
    const receiver = createReceiver({ on: ({ id }) => (id === "e1" ? stuck.promise : delivered()) });
    await h.journal.appendViews(events(1, 100));
    const runtime = await h.start(h.spec("a", receiver, { window: window({ maxInFlightRecords: 5 }) }));
    await until(() => receiver.taken.length === 19);
    await idle();
    expect(receiver.arrivals).toHaveLength(20);
    expect(h.journal.cursorOf("a")).toBe(0);
    stuck.resolve(delivered());
    await runtime.settled();
    expect(new Set(receiver.taken)).toEqual(new Set(ids(1, 100)));
    await runtime.close();
  });

  it("DLV-60: what waits for room when the drain begins is left unread", async () => {
    const h = createHarness();
    const stuck = Promise.withResolvers<Outcome>();
    const receiver = createReceiver({ on: () => stuck.promise });
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start(h.spec("a", receiver, { window: window({ maxInFlightRecords: 1, maxBatchRecords: 1 }) }));
    await until(() => receiver.arrivals.length === 1);
    await idle();
    const draining = runtime.drain(1000);
    stuck.resolve(delivered());
    expect(await draining).toMatchObject({ destinations: [{ cursor: 1, lag: 2, waiting: 0 }] });
    expect(receiver.taken).toEqual(["e1"]);
  });
});
