import { create } from "@bufbuild/protobuf";
import { RecordFilterSchema, RecordKind } from "@tapio/contracts/domain/v1/record";
import { delivered, skipped } from "@tapio/integration-core";
import { JournalError } from "@tapio/journal";
import { createRuntime } from "@tapio/runtime";
import { noopTracer, sampleViews, within } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, ids, until, window } from "../test/harness.ts";
import { createReceiver, fail, hang } from "../test/scripted-integration.ts";

describe("delivery", () => {
  it("DLV-1, DLV-10: gives every record to the destination and moves the cursor over all", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    await h.journal.appendViews(events(1, 10));
    const runtime = await h.start(h.spec("a", receiver));
    await runtime.settled();
    await h.journal.appendViews(events(11, 13));
    await runtime.settled();
    expect([...receiver.taken].sort()).toEqual(ids(1, 13).sort());
    expect(receiver.batches).toEqual([4, 4, 2, 3]);
    expect(h.journal.cursorOf("a")).toBe(13);
    expect(h.journal.rowsOf("a")).toEqual([]);
    expect(runtime.status()).toMatchObject([
      {
        name: "a",
        integration: "scripted",
        state: "running",
        reason: "",
        breaker: "closed",
        cursor: 13,
        lag: 0,
        inFlight: 0,
        waiting: 0,
        dead: 0,
        lastError: undefined,
      },
    ]);
    await runtime.close();
  });

  it("DLV-12: without processBatch, each kind goes to its own member, as many at once as the window allows", async () => {
    const h = createHarness();
    let inFlight = 0;
    let most = 0;
    const receiver = createReceiver({
      async on() {
        most = Math.max(most, ++inFlight);
        await idle(3);
        inFlight -= 1;
        return delivered();
      },
    });
    await h.journal.appendViews(sampleViews(9));
    const runtime = await h.start(h.spec("a", receiver, { window: window({ maxInFlightRecords: 3 }) }));
    await runtime.settled();
    expect([...receiver.taken].sort()).toEqual(Array.from({ length: 9 }, (_, index) => `record-${index + 1}`));
    expect(most).toBe(3);
    expect(receiver.arrivals[0]).toMatchObject({ attempt: 1, deliveryId: "a/1" });
    await runtime.close();
  });

  it("DLV-11: a filtered record is settled without an attempt, and so is one that the integration skips", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true, on: ({ id }) => (id === "record-2" ? skipped("not mine") : delivered()) });
    await h.journal.appendViews(sampleViews(6));
    const runtime = await h.start(
      h.spec("a", receiver, { filter: create(RecordFilterSchema, { kinds: [RecordKind.FINDING] }) }),
      h.spec("none", createReceiver(), { filter: create(RecordFilterSchema, { types: ["no.such.type"] }) }),
    );
    await runtime.settled();
    expect(receiver.arrivals.map(({ id }) => id)).toEqual(["record-2", "record-5"]);
    expect(runtime.status().map(({ cursor }) => cursor)).toEqual([6, 6]);
    expect(h.meter.value("tapio_delivery_records_total", { destination: "a", outcome: "skipped" })).toBe(5);
    expect(h.meter.value("tapio_delivery_records_total", { destination: "none", outcome: "skipped" })).toBe(6);
    await runtime.close();
  });

  it("DLV-40: one destination hangs for good, one throws, one refuses everything: the rest settle everything", async () => {
    const h = createHarness();
    const [good, slow] = [createReceiver({ batch: true }), createReceiver({ on: () => idle(2).then(() => delivered()) })];
    const throws = createReceiver({
      batch: true,
      on: () => {
        throw new Error("a bug");
      },
    });
    await h.journal.appendViews(events(1, 40));
    const runtime = await h.start(
      h.spec("hangs", createReceiver({ on: hang })),
      h.spec("good", good),
      h.spec("slow", slow),
      h.spec("throws", throws),
      h.spec("refuses", createReceiver({ on: () => fail("record_invalid") })),
    );
    const status = (name: string) => runtime.status().find((one) => one.name === name);
    await until(() => ["good", "slow", "throws", "refuses"].every((name) => status(name)?.cursor === 40), "all but the one that hangs");
    expect([...good.taken].sort()).toEqual(ids(1, 40).sort());
    expect([...slow.taken].sort()).toEqual(ids(1, 40).sort());
    expect(status("hangs")).toMatchObject({ cursor: 0, inFlight: 16 });
    expect(h.journal.rowsOf("throws").map(({ code, message }) => `${code} ${message}`)).toEqual(Array(40).fill("internal a bug"));
    expect(h.journal.rowsOf("refuses").map(({ state }) => state)).toEqual(Array(40).fill("dead"));
    await h.journal.appendViews(events(41, 44));
    await until(() => status("good")?.cursor === 44);
    await runtime.close();
  });

  it("DLV-13: four destinations at one place read each record of the journal once between them", async () => {
    const h = createHarness();
    await h.journal.appendViews(events(1, 100));
    const receivers = Array.from({ length: 4 }, () => createReceiver({ batch: true }));
    const runtime = await h.start(...receivers.map((receiver, index) => h.spec(`d${index}`, receiver)));
    await runtime.settled();
    expect(receivers.map(({ taken }) => taken.length)).toEqual([100, 100, 100, 100]);
    expect(h.journal.reads).toBeLessThanOrEqual(2);
    await runtime.close();
  });

  it.each([
    ["head", { at: "head" }, ["e7", "e8"]],
    ["beginning", { at: "beginning" }, ["e3", "e4", "e5", "e6", "e7", "e8"]],
    ["sequence", { at: "sequence", after: 4 }, ["e5", "e6", "e7", "e8"]],
    ["time", { at: "time", atMs: Date.UTC(2026, 0, 2, 3, 4, 6) }, ["e5", "e6", "e7", "e8"]],
  ] as const)("DLV-2: a new destination starts at the %s, durably before start() resolves", async (_at, start, expected) => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    await h.journal.appendViews(events(1, 4));
    await h.clock.advance(1000);
    await h.journal.appendViews(events(5, 6));
    await h.journal.trimTo(2);
    await h.start(h.spec("a", receiver, { start }));
    const first = h.journal.cursorOf("a");
    expect(first).toBe(Number(expected[0].slice(1)) - 1);
    h.crash();
    await h.journal.appendViews(events(7, 8));
    const runtime = await h.start(h.spec("a", createReceiver(), { start: { at: "head" }, create: h.spec("a", receiver).create }));
    await runtime.settled();
    expect([...new Set(receiver.taken)].sort()).toEqual(expected);
    await runtime.close();
  });

  it("DLV-7: the cursor becomes durable when time goes on, though nothing else happens", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    const runtime = createRuntime({
      ...{ journal: h.journal, clock: h.clock, logger: h.logger, meter: h.meter, tracer: noopTracer, random: () => 0 },
      destinations: [h.spec("a", receiver)],
    });
    await runtime.start();
    for (const last of [1, 2, 3]) {
      await h.journal.appendViews(events(last, last));
      await until(() => receiver.taken.length === last);
      await h.clock.advance(11);
      await until(() => h.journal.cursorOf("a") === last);
    }
    await h.journal.appendViews(events(4, 5));
    await until(() => receiver.taken.length === 5);
    await runtime.close();
    expect(h.journal.cursorOf("a")).toBe(5);
  });

  it("DLV-3: start() fails when a first cursor cannot be made durable", async () => {
    const h = createHarness();
    h.journal.onCommit = () => new JournalError("full", "no room");
    await expect(h.start(h.spec("a", createReceiver()))).rejects.toThrow("no room");
  });

  it("DLV-3: start() may be called again after it failed, and then delivers", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    h.journal.onCommit = () => new JournalError("full", "no room");
    const runtime = createRuntime({
      ...{ journal: h.journal, clock: h.clock, logger: h.logger, meter: h.meter, tracer: noopTracer, random: () => 0, cursorPaceMs: 0 },
      destinations: [h.spec("a", receiver)],
    });
    await expect(runtime.start()).rejects.toThrow("no room");
    h.journal.onCommit = () => "write";
    await runtime.start();
    await h.journal.appendViews(events(1, 2));
    await runtime.settled();
    expect(receiver.taken).toHaveLength(2);
    await runtime.close();
  });

  it("two destinations may not share a name", async () => {
    const h = createHarness();
    await expect(h.start(h.spec("a", createReceiver()), h.spec("a", createReceiver()))).rejects.toThrow('two destinations are named "a"');
  });

  it("a record that cannot be read is a dead letter of every destination, and the others go on", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    await h.journal.appendViews(events(1, 1));
    await h.journal.appendBytes(new Uint8Array([255, 255]));
    await h.journal.appendViews(events(3, 3));
    await h.journal.appendBytes(new Uint8Array([255]));
    const runtime = await h.start(h.spec("a", receiver));
    await runtime.settled();
    expect(receiver.taken).toEqual(["e1", "e3"]);
    expect(h.journal.rowsOf("a").map(({ sequence, recordId, state, code }) => ({ sequence, recordId, state, code }))).toEqual([
      { sequence: 2, recordId: "unreadable-2", state: "dead", code: "record_invalid" },
      { sequence: 4, recordId: "unreadable-4", state: "dead", code: "record_invalid" },
    ]);
    await runtime.close();
  });

  it("a filter that does not compile disables its destination and no other", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    await h.journal.appendViews(events(1, 2));
    const runtime = await h.start(
      h.spec("bad", createReceiver(), { filter: create(RecordFilterSchema, { expression: "event." }) }),
      h.spec("good", receiver),
    );
    await runtime.settled();
    expect(receiver.taken).toEqual(["e1", "e2"]);
    expect(runtime.status()[0]).toMatchObject({ state: "disabled", cursor: 0, lastError: { code: "config_invalid" } });
    await runtime.close();
  });

  it("counts what became of records and attempts, and shows lag and state as gauges", async () => {
    const h = createHarness();
    const receiver = createReceiver({
      batch: true,
      on: ({ id }) => (id === "e2" ? fail("record_invalid") : id === "e3" ? fail("internal") : delivered()),
    });
    await h.journal.appendViews(events(1, 4));
    await h.clock.advance(250);
    const runtime = await h.start(h.spec("a", receiver));
    await runtime.settled();
    await idle();
    await h.clock.advance(1000);
    const records = (outcome: string) => h.meter.value("tapio_delivery_records_total", { destination: "a", outcome });
    const attempts = (code: string) => h.meter.value("tapio_delivery_attempts_total", { destination: "a", code });
    expect([records("delivered"), records("dead"), records("failed")]).toEqual([2, 1, 2]);
    expect([attempts("delivered"), attempts("record_invalid"), attempts("internal")]).toEqual([2, 1, 2]);
    expect(h.meter.observations("tapio_delivery_latency_seconds", { destination: "a" })).toEqual([0.25, 0.25]);
    await h.clock.advance(1000);
    const gauge = (name: string) => h.meter.value(name, { destination: "a" });
    expect([
      gauge("tapio_delivery_lag_records"),
      gauge("tapio_delivery_waiting"),
      gauge("tapio_delivery_dead_letters"),
      gauge("tapio_delivery_in_flight_records"),
    ]).toEqual([0, 1, 1, 0]);
    expect(h.meter.value("tapio_delivery_breaker_state", { destination: "a", state: "closed" })).toBe(1);
    await runtime.close();
  });

  it("health asks the integration, and says why where the destination does not run", async () => {
    const h = createHarness();
    const runtime = await h.start(
      h.spec("well", createReceiver()),
      h.spec("throws", createReceiver({ health: () => Promise.reject(new Error("no route")) })),
      h.spec("hangs", createReceiver({ health: hang })),
      h.spec("gone", createReceiver({ on: () => fail("gone") })),
    );
    await h.journal.appendViews(events(1, 1));
    await until(() => runtime.status()[3]?.state === "disabled");
    const asked = runtime.health(new AbortController().signal);
    await idle();
    await h.clock.advance(5000);
    const health = await within(asked, "health");
    expect(health.map((one) => [one.name, one.health.healthy, one.health.message])).toEqual([
      ["well", true, ""],
      ["throws", false, "the health probe failed: no route"],
      ["hangs", false, "the health probe did not answer in time"],
      ["gone", false, "gone: scripted gone"],
    ]);
    expect((await runtime.health(AbortSignal.abort()))[2]?.health.healthy).toBe(false);
    await runtime.close();
  });
});
