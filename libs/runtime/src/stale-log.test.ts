import { create } from "@bufbuild/protobuf";
import { ReplayDeadLettersRequestSchema } from "@tapio/contracts/admin/v1/admin";
import { delivered } from "@tapio/integration-core";
import { JournalError } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { createHarness, events, ids, until, untilLater } from "../test/harness.ts";
import { createCounting, createReceiver, fail, type Counters } from "../test/scripted-integration.ts";
import { bindIntegration } from "./bound-integration.ts";

const io = new JournalError("io", "scripted failure of the disk");

describe("commits that were written although they failed", () => {
  it("DLV-84: another configuration while the journal fails goes on from what is stored, and does not stand still", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    await h.journal.appendViews(events(1, 4));
    const runtime = await h.start(h.spec("a", receiver));
    await runtime.settled();
    const fates = ["write_and_fail", io, io] as const;
    let commits = 0;
    h.journal.onCommit = () => fates[commits++] ?? "write";
    await h.journal.appendViews(events(5, 8));
    await until(() => commits === 1);
    expect(h.journal.cursorOf("a")).toBe(8);
    const applying = runtime.apply([h.spec("a", receiver, { configHash: "hash-2" })]);
    await untilLater(h.clock, () => receiver.made === 2, 30);
    await applying;
    await h.journal.appendViews(events(9, 9));
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 9, 120);
    expect(receiver.taken).toEqual(ids(1, 9));
    await runtime.close();
  });

  it("DLV-84: a commit that lands after its session was given up does not let the next one stand still", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    await h.journal.appendViews(events(1, 2));
    const runtime = await h.start(h.spec("a", receiver));
    await runtime.settled();
    const log = await h.journal.open("b", "scripted");
    await log.close();
    // Behind the runtime's back, as a commit that took longer than anybody waits.
    h.journal.moveCursor("a", 4);
    await h.journal.appendViews(events(3, 3));
    await until(() => receiver.taken.includes("e3"));
    await h.journal.appendViews(events(4, 6));
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 6, 120);
    expect(runtime.status()[0]).toMatchObject({ state: "running", cursor: 6 });
    await runtime.close();
  });

  it("DLV-24, DLV-70: a dead letter that is replayed before its commit is tried again is delivered, and not made dead once more", async () => {
    const h = createHarness();
    let refusing = true;
    const receiver = createReceiver({ batch: true, on: ({ id }) => (refusing && id === "e2" ? fail("record_invalid") : delivered()) });
    const runtime = await h.start(h.spec("a", receiver));
    let commits = 0;
    h.journal.onCommit = () => (commits++ === 0 ? "write_and_fail" : "write");
    await h.journal.appendViews(events(1, 3));
    await until(() => h.journal.rowsOf("a").length === 1);
    refusing = false;
    expect(await runtime.control.replayDeadLetters(create(ReplayDeadLettersRequestSchema))).toMatchObject({ replayed: 1n });
    await untilLater(h.clock, () => receiver.taken.includes("e2"), 120);
    await untilLater(h.clock, () => h.journal.rowsOf("a").length === 0, 120);
    expect(await runtime.control.listDestinations()).toMatchObject([{ cursor: 3n, waiting: 0n, deadLetters: 0n }]);
    await runtime.close();
  });

  it("DLV-24: a waiting row that turns out to be a dead letter, by a commit that nobody waited for, keeps its record", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: () => fail("unavailable") });
    await h.journal.appendViews(events(1, 1));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => h.journal.rowsOf("a")[0]?.state === "waiting");
    const [row] = h.journal.rowsOf("a");
    await runtime.close();
    const next = await h.start(h.spec("a", receiver, { create: h.spec("a", createReceiver()).create }));
    await until(() => next.status()[0]?.nextDueAtMs !== undefined);
    const dead = { ...row!, state: "dead" } as const;
    h.journal.putRow("a", dead);
    await untilLater(h.clock, () => next.status()[0]?.waiting === 0, 120);
    await next.close();
    expect(h.journal.rowsOf("a")).toEqual([dead]);
    expect(dead.bytes?.length).toBeGreaterThan(0);
  });

  it("DLV-57: a replay whose commit was written and failed counts once all the same", async () => {
    const h = createHarness();
    const counters: Counters = {
      script: { on: ({ id }) => (id === "e2" && counters.made === 1 ? fail("record_invalid") : delivered()) },
      shown: {},
      made: 0,
    };
    const create_ = bindIntegration(() => createCounting(counters), {});
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start({ ...h.spec("a", createReceiver()), create: create_ });
    await runtime.settled();
    h.journal.onCommit = (_, { remove }) => (remove === undefined ? "write" : "write_and_fail");
    await expect(runtime.control.replayDeadLetters(create(ReplayDeadLettersRequestSchema))).rejects.toThrow("the disk failed");
    await h.journal.appendViews(events(4, 4));
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 4, 120);
    expect(counters.shown).toEqual({ e1: 1, e2: 1, e3: 1, e4: 1 });
    expect(h.journal.rowsOf("a")).toEqual([]);
    await runtime.close();
  });

  it("DLV-53: a commit that lands while the integration is made anew from the state before it is not lost to that state", async () => {
    const h = createHarness();
    const counters: Counters = { script: {}, shown: {}, made: 0 };
    const ready = Promise.withResolvers<void>();
    const make = bindIntegration(() => createCounting(counters), {});
    const slowly = (): ReturnType<typeof make> => {
      const made = make();
      return { ...made, initialize: (context) => ready.promise.then(() => made.initialize(context)) };
    };
    const state = (...counted: string[]) => new TextEncoder().encode(JSON.stringify(Object.fromEntries(counted.map((id) => [id, 1]))));
    await h.journal.appendViews(events(1, 4));
    const log = await h.journal.open("a", "scripted");
    await log.commit({ cursor: 2, state: state("e1", "e2") });
    const runtime = await h.start({ ...h.spec("a", createReceiver()), create: slowly });
    await until(() => counters.made === 1);
    h.journal.moveCursor("a", 4, state("e1", "e2", "e3", "e4"));
    ready.resolve();
    await h.journal.appendViews(events(5, 5));
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 5, 30);
    expect(counters.shown).toEqual({ e1: 1, e2: 1, e3: 1, e4: 1, e5: 1 });
    await runtime.close();
  });
});
