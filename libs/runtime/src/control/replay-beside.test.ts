import { create } from "@bufbuild/protobuf";
import { ReplayDeadLettersRequestSchema } from "@tapio/contracts/admin/v1/admin";
import type { DeliveryRow } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, ids, until, untilLater, window } from "../../test/harness.ts";
import { createReceiver } from "../../test/scripted-integration.ts";

const everything = create(ReplayDeadLettersRequestSchema);
const row = { attempts: 1, firstAttemptAtMs: 0, code: "unavailable", message: "" } as const;

describe("a replay beside what goes on", () => {
  it("DLV-74: what is left of a range never takes the place of a row within it", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    const views = events(1, 10);
    await h.journal.appendViews(views);
    const log = await h.journal.open("a", "scripted");
    const range: DeliveryRow = { ...row, sequence: 1, through: 10, recordId: "range-1-10", state: "dead", dueAtMs: 0, code: "skipped" };
    const waits = [4, 5].map((sequence): DeliveryRow => {
      const view = views[sequence - 1];
      return { ...row, sequence, recordId: `e${sequence}`, state: "waiting", dueAtMs: h.clock.now() + 3_600_000, bytes: view?.bytes };
    });
    await log.commit({ cursor: 10, put: [range, ...waits] });
    const runtime = await h.start(h.spec("a", receiver, { window: window({ maxWaitingRecords: 5 }) }));
    await until(() => runtime.status()[0]?.waiting === 2);
    expect(await runtime.control.replayDeadLetters(everything)).toMatchObject({ replayed: 3n });
    expect(h.journal.rowsOf("a").filter(({ state }) => state === "dead")).toMatchObject([{ sequence: 6, through: 10 }]);
    await untilLater(h.clock, () => receiver.taken.length === 3, 30);
    await runtime.control.replayDeadLetters(everything);
    await untilLater(h.clock, () => receiver.taken.length === 6, 30);
    await runtime.control.replayDeadLetters(everything);
    await untilLater(h.clock, () => h.journal.rowsOf("a").length === 0, 7200);
    expect(receiver.taken.toSorted()).toEqual(ids(1, 10).toSorted());
    await runtime.close();
  });

  it("DLV-70: dead letters that are replayed while the integration is initialized are attempted once it is", async () => {
    const h = createHarness();
    const ready = Promise.withResolvers<void>();
    const receiver = createReceiver({ initialize: () => ready.promise });
    const views = events(1, 1);
    await h.journal.appendViews(views);
    const log = await h.journal.open("a", "scripted");
    await log.commit({ cursor: 1, put: [{ ...row, sequence: 1, recordId: "e1", state: "dead", dueAtMs: 0, bytes: views[0]?.bytes }] });
    const runtime = await h.start(h.spec("a", receiver));
    await idle();
    expect(await runtime.control.replayDeadLetters(everything)).toMatchObject({ replayed: 1n });
    await idle();
    ready.resolve();
    await untilLater(h.clock, () => h.journal.rowsOf("a").length === 0, 30);
    expect(receiver.taken).toEqual(["e1"]);
    expect(runtime.status()[0]).toMatchObject({ waiting: 0, dead: 0 });
    await runtime.close();
  });

  it("DLV-70: two replays at once make each dead letter wait once", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    const views = events(1, 3);
    await h.journal.appendViews(views);
    const log = await h.journal.open("a", "scripted");
    const put = views.map(({ bytes }, index): DeliveryRow => {
      return { ...row, sequence: index + 1, recordId: `e${index + 1}`, state: "dead", dueAtMs: 0, bytes };
    });
    await log.commit({ cursor: 3, put });
    const runtime = await h.start(h.spec("a", receiver));
    const both = await Promise.all([runtime.control.replayDeadLetters(everything), runtime.control.replayDeadLetters(everything)]);
    expect(both.map(({ replayed }) => replayed)).toEqual([3n, 0n]);
    await untilLater(h.clock, () => h.journal.rowsOf("a").length === 0, 30);
    expect(receiver.taken.toSorted()).toEqual(ids(1, 3));
    expect(runtime.status()[0]).toMatchObject({ dead: 0 });
    await runtime.close();
  });

  it("DLV-70: a replay whose write failed and is there is attempted all the same", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    const views = events(1, 1);
    await h.journal.appendViews(views);
    const log = await h.journal.open("a", "scripted");
    await log.commit({ cursor: 1, put: [{ ...row, sequence: 1, recordId: "e1", state: "dead", dueAtMs: 0, bytes: views[0]?.bytes }] });
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => runtime.status()[0]?.state === "running");
    const fates = ["write_and_fail" as const];
    h.journal.onCommit = () => fates.pop() ?? "write";
    const replaying = runtime.control.replayDeadLetters(everything);
    await untilLater(h.clock, () => receiver.taken.length === 1, 30);
    expect(await replaying).toMatchObject({ replayed: 1n });
    await untilLater(h.clock, () => h.journal.rowsOf("a").length === 0, 30);
    await runtime.close();
  });
});
