import { delivered } from "@tapio/integration-core";
import type { RecordView } from "@tapio/domain";
import { sampleEvent, sampleView } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createHarness, idle, until, untilLater, window } from "../test/harness.ts";
import { createReceiver, fail } from "../test/scripted-integration.ts";
import type { OrderingPolicy } from "./policy.ts";

const ordering: OrderingPolicy = { by: "key", expression: 'event.labels["key"]' };
/** `a1` is the first record of the key `a`. */
const keyed = (...ids: readonly string[]): RecordView[] =>
  ids.map((id) => sampleView(sampleEvent({ id, labels: { key: id.slice(0, 1) } })));
const ofKey = (taken: readonly string[], key: string): string[] => taken.filter((id) => id.startsWith(key));

describe("ordering by key", () => {
  it.each([true, false])("DLV-110: delivers the records of a key one after the other, retries included (batches: %s)", async (batch) => {
    const h = createHarness();
    const receiver = createReceiver({ batch, on: ({ id, attempt }) => (id === "a1" && attempt < 3 ? fail("unavailable") : delivered()) });
    await h.journal.appendViews(keyed("a1", "b1", "a2", "b2", "a3", "b3"));
    const runtime = await h.start(h.spec("d", receiver, { ordering }));
    await until(() => ofKey(receiver.taken, "b").length === 3);
    expect(receiver.taken).toEqual(["b1", "b2", "b3"]);
    await untilLater(h.clock, () => receiver.taken.length === 6);
    expect(ofKey(receiver.taken, "a")).toEqual(["a1", "a2", "a3"]);
    expect(receiver.arrivals.filter(({ id }) => id === "a2")).toHaveLength(1);
    await untilLater(h.clock, () => h.journal.rowsOf("d").length === 0);
    await runtime.close();
  });

  it("DLV-111: what waits behind a stuck key is parked without a copy of its record; the cursor passes, and the others go on", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: ({ id }) => (id.startsWith("a") ? fail("unavailable") : delivered()) });
    await h.journal.appendViews(keyed("a1", "a2", "b1", "a3", "b2"));
    const runtime = await h.start(h.spec("d", receiver, { ordering }));
    await until(() => h.journal.cursorOf("d") === 5);
    expect(h.journal.rowsOf("d")).toMatchObject([
      { recordId: "a1", state: "waiting", key: "a" },
      { recordId: "a2", state: "parked", key: "a" },
      { recordId: "a3", state: "parked", message: "waits for sequence 1 of the same key" },
    ]);
    expect(h.journal.rowsOf("d")[1]).not.toHaveProperty("bytes");
    expect(receiver.taken).toEqual(["b1", "b2"]);
    expect(runtime.status()[0]).toMatchObject({ waiting: 1, parked: 2 });
    expect(await runtime.pinned()).toBe(1);
    await runtime.close();
  });

  it("DLV-110: holds through a crash: parked records are read from the journal again, in their order", async () => {
    const h = createHarness();
    let isDown = true;
    const receiver = createReceiver({ on: ({ id }) => (isDown && id.startsWith("a") ? fail("unavailable") : delivered()) });
    await h.journal.appendViews(keyed("a1", "a2", "b1", "a3"));
    await h.start(h.spec("d", receiver, { ordering }));
    await until(() => h.journal.cursorOf("d") === 4);
    h.crash();
    isDown = false;
    const runtime = await h.start(h.spec("d", receiver, { ordering }));
    await h.journal.appendViews(keyed("a4"));
    await untilLater(h.clock, () => h.journal.rowsOf("d").length === 0 && receiver.taken.length === 5);
    expect(receiver.taken).toEqual(["b1", "a1", "a2", "a3", "a4"]);
    await runtime.close();
  });

  it("DLV-112: a dead letter lets the next of its key go", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: ({ id }) => (id === "a1" ? fail("record_invalid") : delivered()) });
    await h.journal.appendViews(keyed("a1", "a2"));
    const runtime = await h.start(h.spec("d", receiver, { ordering }));
    await runtime.settled();
    expect(receiver.taken).toEqual(["a2"]);
    await runtime.close();
  });

  it("DLV-113: at the bound of parked rows nothing more is parked, the cursor stops, and the state says so", async () => {
    const h = createHarness();
    let isDown = true;
    const receiver = createReceiver({ on: ({ id }) => (isDown && id.startsWith("a") ? fail("unavailable") : delivered()) });
    const ids = Array.from({ length: 9 }, (_, index) => `a${index + 1}`);
    await h.journal.appendViews(keyed(...ids, "b1"));
    const runtime = await h.start(h.spec("d", receiver, { ordering, window: window({ maxParkedRecords: 4 }) }));
    await until(() => h.journal.rowsOf("d").length === 4);
    await until(() => receiver.taken.includes("b1"));
    await idle();
    expect(h.journal.cursorOf("d")).toBe(4);
    expect(runtime.status()[0]).toMatchObject({ state: "blocked_by_key", waiting: 1, parked: 3 });
    isDown = false;
    await untilLater(h.clock, () => receiver.taken.length === 10);
    expect(ofKey(receiver.taken, "a")).toEqual(ids);
    await untilLater(h.clock, () => runtime.status()[0]?.state === "running" && h.journal.cursorOf("d") === 10);
    await runtime.close();
  });

  it("records without a key go in any order, and a key expression that does not compile disables its destination alone", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: ({ id }) => (id === "x1" ? fail("unavailable") : delivered()) });
    await h.journal.appendViews([sampleView(sampleEvent({ id: "x1" })), sampleView(sampleEvent({ id: "x2" }))]);
    const broken: OrderingPolicy = { by: "key", expression: "event.nothing" };
    const runtime = await h.start(h.spec("d", receiver, { ordering }), h.spec("broken", createReceiver(), { ordering: broken }));
    await until(() => receiver.taken.length === 1);
    expect(receiver.taken).toEqual(["x2"]);
    expect(runtime.status()[1]).toMatchObject({ state: "disabled", reason: expect.stringContaining("config_invalid: ordering_key:") });
    await runtime.close();
  });

  it("DLV-110: a replayed dead letter goes before what is parked behind its key", async () => {
    const h = createHarness();
    const state = { refuse: "a1", fail: "" };
    const receiver = createReceiver({
      on: ({ id }) => (id === state.refuse ? fail("record_invalid") : id === state.fail ? fail("unavailable") : delivered()),
    });
    await h.journal.appendViews(keyed("a1"));
    const runtime = await h.start(h.spec("d", receiver, { ordering }));
    await runtime.settled();
    Object.assign(state, { refuse: "", fail: "a2" });
    await h.journal.appendViews(keyed("a2", "a3"));
    await until(() => h.journal.rowsOf("d").length === 3);
    await runtime.control.replayDeadLetters({ $typeName: "tapio.admin.v1.ReplayDeadLettersRequest", dryRun: false });
    await until(() => receiver.taken.includes("a1"));
    state.fail = "";
    await untilLater(h.clock, () => receiver.taken.length === 3);
    expect(receiver.taken).toEqual(["a1", "a2", "a3"]);
    await runtime.close();
  });
});

describe("windows", () => {
  it("DLV-16: no more records begin per second than the rate permits, retries included", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    await h.journal.appendViews(keyed(...Array.from({ length: 25 }, (_, index) => `r${index + 1}`)));
    const runtime = await h.start(h.spec("d", receiver, { window: window({ maxRecordsPerSecond: 10 }) }));
    await idle();
    expect(receiver.arrivals).toHaveLength(10);
    await h.clock.advance(1000);
    await idle();
    expect(receiver.arrivals).toHaveLength(20);
    await h.clock.advance(500);
    await idle();
    expect(receiver.arrivals).toHaveLength(25);
    await runtime.close();
  });

  it("DLV-17: a batch that is not full waits for more, as long as the linger, and not when it is full", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    const runtime = await h.start(h.spec("d", receiver, { window: window({ lingerMs: 500 }) }));
    await h.journal.appendViews(keyed("r1", "r2"));
    await idle();
    expect(receiver.batches).toEqual([]);
    await h.journal.appendViews(keyed("r3", "r4", "r5"));
    await idle();
    expect(receiver.batches).toEqual([4]);
    await h.clock.advance(499);
    await idle();
    expect(receiver.batches).toEqual([4]);
    await h.clock.advance(1);
    await idle();
    expect(receiver.batches).toEqual([4, 1]);
    await runtime.close();
  });

  it("DLV-18: no more attempts are in flight than permitted, nor more bytes", async () => {
    const h = createHarness();
    const ends: (() => void)[] = [];
    const receiver = createReceiver({ on: () => new Promise((resolve) => ends.push(() => resolve(delivered()))) });
    await h.journal.appendViews(keyed("r1", "r2", "r3", "r4"));
    const size = (await h.journal.read(0, { records: 1, bytes: 0 }))[0]?.bytes.length ?? 0;
    const runtime = await h.start(
      h.spec("d", receiver, { window: window({ maxConcurrentAttempts: 2 }) }),
      h.spec("e", receiver, { window: window({ maxInFlightBytes: size * 3 }) }),
    );
    await idle();
    expect(receiver.arrivals.filter(({ deliveryId }) => deliveryId.startsWith("d/"))).toHaveLength(2);
    expect(receiver.arrivals.filter(({ deliveryId }) => deliveryId.startsWith("e/"))).toHaveLength(3);
    for (let round = 0; round < 4; round += 1) {
      for (const end of ends.splice(0)) end();
      await idle();
    }
    await runtime.settled();
    expect(receiver.taken).toHaveLength(8);
    await runtime.close();
  });

  it("DLV-19: the cursor stops where too many deliveries wait for their next attempt, and the state says so", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: ({ id }) => (id.endsWith("0") ? delivered() : fail("internal")) });
    await h.journal.appendViews(keyed(...Array.from({ length: 60 }, (_, index) => `r${index + 1}`)));
    const runtime = await h.start(h.spec("d", receiver, { window: window({ maxWaitingRecords: 5, maxInFlightRecords: 4 }) }));
    await until(() => runtime.status()[0]?.state === "blocked_by_retries");
    await idle();
    expect(h.journal.cursorOf("d")).toBeLessThan(60);
    await untilLater(h.clock, () => h.journal.cursorOf("d") === 60 && runtime.status()[0]?.waiting === 0, 20_000_000);
    await runtime.close();
  }, 30_000);
});
