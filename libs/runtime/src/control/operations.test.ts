import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { DestinationState, SkipDestinationRequestSchema } from "@tapio/contracts/admin/v1/admin";
import { ControlError, delivered, type Outcome } from "@tapio/integration-core";
import { JournalError } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { sampleEvent, sampleView } from "@tapio/testing";
import { createHarness, events, idle, ids, until, untilLater } from "../../test/harness.ts";
import { createCounting, createReceiver, fail, hang, type Counters } from "../../test/scripted-integration.ts";
import { bindIntegration } from "../bound-integration.ts";

const skipTo = (name: string, after: number | "head", dryRun = false) =>
  create(SkipDestinationRequestSchema, {
    name,
    dryRun,
    to: { at: after === "head" ? { case: "head", value: create(EmptySchema) } : { case: "afterSequence", value: BigInt(after) } },
  });

describe("pause and resume", () => {
  it("DLV-80: a paused destination attempts nothing, also after a restart, and goes on where it was when it is resumed", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    await h.journal.appendViews(events(1, 3));
    const first = await h.start(h.spec("a", receiver));
    await first.settled();
    expect(await first.control.pauseDestination("a")).toMatchObject({ state: DestinationState.PAUSED, reason: "an operator paused it" });
    await h.journal.appendViews(events(4, 6));
    await idle();
    await first.close();
    h.crash();
    const second = await h.start(h.spec("a", receiver));
    await idle();
    expect(second.status()[0]).toMatchObject({ state: "paused", lag: 3 });
    expect(receiver.taken).toEqual(ids(1, 3));
    await second.settled();
    expect(await second.control.resumeDestination("a")).toMatchObject({ name: "a", lagRecords: 3n });
    await until(() => receiver.taken.length === 6);
    expect(receiver.taken).toEqual(ids(1, 6));
    await second.close();
    h.crash();
    const third = await h.start(h.spec("a", receiver));
    await until(() => third.status()[0]?.state === "running");
    await third.close();
  });

  it("DLV-80: a pause lets what is in flight end, and what was settled is not delivered again", async () => {
    const h = createHarness();
    const stuck = Promise.withResolvers<Outcome>();
    const receiver = createReceiver({ on: ({ id }) => (id === "e1" && receiver.arrivals.length < 4 ? stuck.promise : delivered()) });
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => receiver.taken.length === 2);
    const pausing = runtime.control.pauseDestination("a");
    await idle();
    stuck.resolve(delivered());
    await pausing;
    expect(h.journal.cursorOf("a")).toBe(3);
    await runtime.control.resumeDestination("a");
    await h.journal.appendViews(events(4, 4));
    await runtime.settled();
    expect([...receiver.taken].sort()).toEqual(ids(1, 4));
    await runtime.close();
  });

  it("DLV-26, DLV-81: a receiver that wants no more stays disabled through a restart, until it is resumed or its configuration changes", async () => {
    const h = createHarness();
    let gone = true;
    const receiver = createReceiver({ on: () => (gone ? fail("gone") : delivered()) });
    await h.journal.appendViews(events(1, 1));
    const boot = (configHash: string) => h.start(h.spec("a", receiver, { configHash }));
    const first = await boot("hash-1");
    await until(() => first.status()[0]?.state === "disabled");
    await idle();
    await first.close();
    h.crash();
    const second = await boot("hash-1");
    await idle();
    expect(second.status()[0]).toMatchObject({ state: "disabled", reason: expect.stringContaining("gone: scripted gone") });
    expect(receiver.arrivals).toHaveLength(1);
    await second.close();
    h.crash();
    gone = false;
    const third = await boot("hash-2");
    await third.settled();
    expect(receiver.taken).toEqual(["e1"]);
    await third.close();
  });

  it("DLV-80: a paused destination with state of its own shows what was committed, also after a restart", async () => {
    const h = createHarness();
    const counters: Counters = { script: {}, shown: {}, made: 0 };
    const boot = () => h.start(h.spec("counts", createReceiver(), { create: bindIntegration(() => createCounting(counters), {}) }));
    await h.journal.appendViews(events(1, 2));
    const first = await boot();
    await first.settled();
    await first.control.pauseDestination("counts");
    await first.close();
    h.crash();
    counters.shown = {};
    const second = await boot();
    await second.begun();
    expect(counters.shown).toEqual({ e1: 1, e2: 1 });
    await h.journal.appendViews(events(3, 3));
    await idle();
    expect(counters.shown).toEqual({ e1: 1, e2: 1 });
    await second.control.resumeDestination("counts");
    await until(() => counters.shown["e3"] === 1);
    expect(counters.shown).toEqual({ e1: 1, e2: 1, e3: 1 });
    await second.close();
  });

  it("an unknown name is answered with the names that there are", async () => {
    const h = createHarness();
    const runtime = await h.start(h.spec("a", createReceiver()), h.spec("b", createReceiver()));
    await expect(runtime.control.pauseDestination("c")).rejects.toThrow('there is no destination "c"; there are a, b');
    await runtime.close();
  });
});

describe("drain of one destination", () => {
  it("DLV-82: settles everything up to the head of that moment, waiting rows included, and is paused then", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: ({ id, attempt }) => (id === "e2" && attempt < 3 ? fail("unavailable") : delivered()) });
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => runtime.status()[0]?.waiting === 1);
    expect(await runtime.control.drainDestination("a")).toMatchObject({ state: DestinationState.DRAINING });
    await h.journal.appendViews(events(4, 5));
    await untilLater(h.clock, () => runtime.status()[0]?.state === "paused");
    expect(new Set(receiver.taken)).toEqual(new Set(ids(1, 3)));
    expect(runtime.status()[0]).toMatchObject({ cursor: 3, lag: 2, waiting: 0 });
    await expect(runtime.control.drainDestination("a")).rejects.toThrow("is paused and settles nothing; resume it first");
    await runtime.control.resumeDestination("a");
    await runtime.settled();
    expect(new Set(receiver.taken)).toEqual(new Set(ids(1, 5)));
    await runtime.close();
  });

  it("DLV-82: is paused, too, where the journal cannot be told, and says that it will be forgotten", async () => {
    const h = createHarness();
    const runtime = await h.start(h.spec("a", createReceiver()));
    h.journal.onCommit = (_, change) => (change.control === undefined ? "write" : new JournalError("io", "the disk is gone"));
    await runtime.control.drainDestination("a");
    await untilLater(h.clock, () => runtime.status()[0]?.state === "paused");
    expect(runtime.status()[0]?.lastError?.message).toContain("is forgotten at the next start: the disk is gone");
    await runtime.close();
  });

  it("DLV-82: holds for destinations with state of their own", async () => {
    const h = createHarness();
    const counters: Counters = { script: {}, shown: {}, made: 0 };
    await h.journal.appendViews(events(1, 3));
    const create = bindIntegration(() => createCounting(counters), {});
    const runtime = await h.start(h.spec("counts", createReceiver(), { create }));
    await runtime.settled();
    await runtime.control.drainDestination("counts");
    await until(() => runtime.status()[0]?.state === "paused");
    await h.journal.appendViews(events(4, 4));
    await idle();
    expect(Object.keys(counters.shown)).toEqual(ids(1, 3));
    await runtime.close();
  });
});

describe("skip", () => {
  it("DLV-83: moves the cursor forward; what is passed over is one dead letter, and adjoining ones become one", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: hang });
    await h.journal.appendViews(events(1, 10));
    const runtime = await h.start(h.spec("a", receiver));
    const { control } = runtime;
    await control.pauseDestination("a").catch(() => undefined);
    expect(await control.skipDestination(skipTo("a", 4, true))).toMatchObject({ skippedRecords: 4n });
    expect(h.journal.cursorOf("a")).toBe(0);
    expect(await control.skipDestination(skipTo("a", 4))).toMatchObject({
      skippedRecords: 4n,
      destination: { cursor: 4n, deadLetters: 1n },
    });
    expect(await control.skipDestination(skipTo("a", "head"))).toMatchObject({
      skippedRecords: 6n,
      destination: { cursor: 10n, deadLetters: 1n },
    });
    expect(h.journal.rowsOf("a")).toMatchObject([{ sequence: 1, through: 10, state: "dead", code: "skipped" }]);
    await expect(control.skipDestination(skipTo("a", 3))).rejects.toThrow("behind the cursor at 10");
    await expect(control.skipDestination(skipTo("a", 99))).rejects.toThrow("the journal ends at 10");
    await runtime.close();
  }, 20_000);
});

describe("another configuration", () => {
  it("DLV-84: only what changed stops and starts again; what is new starts, what is missing stops and keeps its log", async () => {
    const h = createHarness();
    const [same, changed, removed, added] = [createReceiver(), createReceiver(), createReceiver(), createReceiver()];
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start(h.spec("same", same), h.spec("changed", changed), h.spec("removed", removed));
    await runtime.settled();
    const specs = [h.spec("added", added), h.spec("changed", changed, { configHash: "hash-2" }), h.spec("same", same)];
    const expected = { added: ["added"], changed: ["changed"], removed: ["removed"] };
    expect(runtime.plan(specs)).toEqual(expected);
    expect(await runtime.apply(specs)).toEqual(expected);
    await h.journal.appendViews(events(4, 5));
    await runtime.settled();
    expect(runtime.status().map(({ name, configHash }) => [name, configHash])).toEqual([
      ["added", "hash-1"],
      ["changed", "hash-2"],
      ["same", "hash-1"],
    ]);
    expect([same.made, changed.made, removed.made, added.made]).toEqual([1, 2, 1, 1]);
    for (const receiver of [same, changed, added]) expect(receiver.taken).toEqual(ids(1, 5));
    expect(removed.taken).toEqual(ids(1, 3));
    const listed = await runtime.control.listDestinations();
    expect(listed.map(({ name, state }) => [name, state])).toEqual([
      ["added", DestinationState.RUNNING],
      ["changed", DestinationState.RUNNING],
      ["same", DestinationState.RUNNING],
      ["removed", DestinationState.REMOVED],
    ]);
    await runtime.close();
  });

  it("two destinations of one name are refused, and nothing is changed", async () => {
    const h = createHarness();
    const runtime = await h.start(h.spec("a", createReceiver()));
    expect(() => runtime.apply([h.spec("b", createReceiver()), h.spec("b", createReceiver())])).toThrow('two destinations are named "b"');
    expect(runtime.status().map(({ name }) => name)).toEqual(["a"]);
    await runtime.close();
  });
});

describe("backlog", () => {
  const backlog = { bytesMax: 2000, ageMsMax: Infinity };

  it("DLV-90: a destination that is too far behind and refuses stops ingest, and lets it go on when it has caught up", async () => {
    const h = createHarness();
    let isDown = true;
    const receiver = createReceiver({ on: () => (isDown ? fail("unavailable") : delivered()) });
    const runtime = await h.start(h.spec("a", receiver, { backlog: { ...backlog, onFull: "refuse" } }));
    expect(runtime.pressure()).toBeUndefined();
    for (let batch = 0; batch < 10; batch += 1) await h.journal.appendViews(events(batch * 10 + 1, batch * 10 + 10));
    await untilLater(h.clock, () => runtime.pressure() !== undefined, 20);
    expect(runtime.pressure()).toMatchObject({
      retryAfterMs: 1000,
      message: expect.stringMatching(/^destination "a" is \d+ bytes of records behind/),
    });
    isDown = false;
    await untilLater(h.clock, () => runtime.pressure() === undefined, 200);
    await runtime.close();
  });

  it("DLV-91: one that detaches gives up the oldest of its backlog as one dead letter, and nobody else is held up", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: () => fail("throttled", 3_600_000) });
    const other = createReceiver();
    const runtime = await h.start(h.spec("a", receiver, { backlog: { ...backlog, onFull: "detach" } }), h.spec("b", other));
    await h.journal.appendViews(events(1, 20));
    await untilLater(h.clock, () => h.journal.rowsOf("a").some(({ through }) => through !== undefined), 60);
    const [range] = h.journal.rowsOf("a").filter(({ through }) => through !== undefined);
    expect(range).toMatchObject({ state: "dead", code: "detached", message: expect.stringContaining("on_full: detach") });
    expect(h.journal.cursorOf("a")).toBe(range?.through);
    expect((await h.journal.backlog(range?.through ?? 0)).bytes).toBeLessThanOrEqual(1800);
    expect(runtime.pressure()).toBeUndefined();
    expect(other.taken).toHaveLength(20);
    await runtime.close();
  });

  it("DLV-92: nothing above the least cursor or parked record may be removed from the journal", async () => {
    const h = createHarness();
    await h.journal.appendViews(events(1, 5));
    const runtime = await h.start(h.spec("a", createReceiver()), h.spec("b", createReceiver({ on: hang })));
    await until(() => h.journal.cursorOf("a") === 5);
    expect(await runtime.pinned()).toBe(0);
    await runtime.close();
  });

  it("DLV-92: what is parked while it is asked for is not passed over", async () => {
    const h = createHarness();
    const labels = { key: "k" };
    const keyed = (id: string) => sampleView(sampleEvent({ id, labels }));
    const first = Promise.withResolvers<Outcome>();
    const receiver = createReceiver({ on: () => first.promise });
    const ordering = { by: "key", expression: 'event.labels["key"]' } as const;
    await h.journal.appendViews([keyed("e1"), keyed("e2"), keyed("e3")]);
    const runtime = await h.start(h.spec("a", receiver, { ordering }));
    await until(() => receiver.arrivals.length === 1);
    h.journal.afterRows = async () => {
      first.resolve(fail("unavailable"));
      await until(() => h.journal.cursorOf("a") === 3);
    };
    expect(await runtime.pinned()).toBe(0);
    expect(h.journal.rowsOf("a").map(({ state }) => state)).toEqual(["waiting", "parked", "parked"]);
    await runtime.close();
  });
});

it("ControlError is what every refusal is", async () => {
  const h = createHarness();
  const runtime = await h.start(h.spec("a", createReceiver()));
  await expect(runtime.control.explain("nobody")).rejects.toBeInstanceOf(ControlError);
  await runtime.close();
});
