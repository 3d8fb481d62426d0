import { create } from "@bufbuild/protobuf";
import { DeadLetterSelectorSchema, ListDeadLettersRequestSchema, type DeadLetterSelector } from "@tapio/contracts/admin/v1/admin";
import { RecordFilterSchema, RecordKind } from "@tapio/contracts/domain/v1/record";
import { ControlError, delivered, type Outcome } from "@tapio/integration-core";
import { sampleEvent, sampleView } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createHarness, events, ids, until, untilLater, window } from "../../test/harness.ts";
import { createCounting, createReceiver, fail, type Counters } from "../../test/scripted-integration.ts";
import { bindIntegration } from "../bound-integration.ts";
import type { Control } from "./control.ts";

type Selection = Partial<Omit<DeadLetterSelector, "$typeName" | "$unknown">>;
const selector = (selection: Selection): DeadLetterSelector => create(DeadLetterSelectorSchema, selection as object);
const list = (control: Control, selection: Selection = {}, page: { pageSize?: number; pageToken?: string } = {}) =>
  control.listDeadLetters(create(ListDeadLettersRequestSchema, { selector: selector(selection), ...page }));
const replay = (control: Control, selection: Selection, dryRun = false) =>
  control.replayDeadLetters({ $typeName: "tapio.admin.v1.ReplayDeadLettersRequest", selector: selector(selection), dryRun });
const discard = (control: Control, selection: Selection, dryRun = false) =>
  control.discardDeadLetters({ $typeName: "tapio.admin.v1.DiscardDeadLettersRequest", selector: selector(selection), dryRun });

/** A destination that refuses what `refuses` says, with `count` records settled. */
async function withDeadLetters(count: number, refuses: (id: string) => Outcome | undefined) {
  const h = createHarness();
  const state = { refuses };
  const receiver = createReceiver({ on: ({ id }) => state.refuses(id) ?? delivered() });
  await h.journal.appendViews(events(1, count));
  const runtime = await h.start(h.spec("a", receiver));
  await runtime.settled();
  return { h, runtime, receiver, state, control: runtime.control };
}

describe("dead letters", () => {
  it("DLV-24: are listed with their record, code, message and attempts, and counted by code", async () => {
    const { runtime, control } = await withDeadLetters(4, (id) => (id === "e2" || id === "e4" ? fail("record_invalid") : undefined));
    const { deadLetters, countsByCode, nextPageToken } = await list(control);
    expect(countsByCode).toEqual({ record_invalid: 2n });
    expect(nextPageToken).toBe("");
    expect(deadLetters).toMatchObject([
      {
        destination: "a",
        code: "record_invalid",
        message: "scripted record_invalid",
        record: { sequence: 2n, record: { kind: { case: "event", value: { id: "e2" } } } },
        attempts: [{ number: 1, code: "record_invalid", message: "scripted record_invalid" }],
      },
      { record: { sequence: 4n } },
    ]);
    await runtime.close();
  });

  it("come in pages, over all destinations, and a page token that no page gave is refused", async () => {
    const h = createHarness();
    const refusing = () => createReceiver({ on: () => fail("record_invalid") });
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start(h.spec("b", refusing()), h.spec("a", refusing()));
    await runtime.settled();
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await list(runtime.control, {}, { pageSize: 2, pageToken });
      seen.push(page.deadLetters.map(({ destination, record }) => `${destination}${record?.sequence}`).join(" "));
      expect(page.countsByCode).toEqual(pageToken === "" ? { record_invalid: 6n } : {});
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(seen).toEqual(["a1 a2", "a3 b1", "b2 b3"]);
    await expect(list(runtime.control, {}, { pageToken: "nonsense" })).rejects.toThrow(ControlError);
    await runtime.close();
  });

  it("come in pages that gRPC clients take, however large their records are, but with one at least", async () => {
    const h = createHarness();
    const refusing = createReceiver({ on: () => fail("record_invalid") });
    const sized = (id: string, size: number) => sampleView(sampleEvent({ id, message: "x".repeat(size) }));
    await h.journal.appendViews([sized("a", 1_000_000), sized("b", 2_500_000), sized("c", 4_000_000), sized("d", 1), sized("e", 1)]);
    const runtime = await h.start(h.spec("a", refusing));
    await runtime.settled();
    const seen: number[] = [];
    let pageToken = "";
    do {
      const page = await list(runtime.control, {}, { pageSize: 1_000, pageToken });
      seen.push(page.deadLetters.length);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(seen).toEqual([1, 1, 1, 2]);
    await runtime.close();
  });

  it.each<[string, Selection, number[]]>([
    ["ids", { ids: ["e2", "e5"] }, [2, 5]],
    ["sequences", { fromSequence: 2n, toSequence: 3n }, [2, 3]],
    ["codes", { codes: ["internal"] }, []],
    ["a filter", { filter: create(RecordFilterSchema, { kinds: [RecordKind.FINDING] }) }, []],
    ["a destination", { destination: "a", ids: ["e1"] }, [1]],
    ["a time after all of them", { fromTime: { seconds: 4_000_000_000n, nanos: 0 } as never }, []],
    ["a time before which they were given up", { toTime: { seconds: 4_000_000_000n, nanos: 0 } as never }, [1, 2, 3, 4, 5]],
  ])("are selected by %s", async (_by, selection, sequences) => {
    const { runtime, control } = await withDeadLetters(5, () => fail("record_invalid"));
    const { deadLetters } = await list(control, selection);
    expect(deadLetters.map(({ record }) => Number(record?.sequence))).toEqual(sequences);
    await runtime.close();
  });

  it("of a destination that nobody knows, or by a filter that does not compile, are refused with the field", async () => {
    const { runtime, control } = await withDeadLetters(1, () => undefined);
    await expect(list(control, { destination: "z" })).rejects.toThrow('there is no destination "z" in the journal');
    await expect(list(control, { filter: create(RecordFilterSchema, { types: ["a["] }) })).rejects.toThrow("selector.filter.types[0]");
    await expect(list(control, { fromSequence: 9n, toSequence: 2n })).rejects.toThrow("selector.from_sequence 9 is above");
    await runtime.close();
  });
});

describe("replay", () => {
  it("DLV-70: delivers dead letters again with their ids, in the order of their sequences, and leaves none of them", async () => {
    const { h, runtime, receiver, state, control } = await withDeadLetters(6, (id) => (id === "e1" ? undefined : fail("record_invalid")));
    state.refuses = () => undefined;
    receiver.taken.length = 0;
    expect(await replay(control, {}, true)).toMatchObject({ replayed: 5n, wouldSkip: 0n });
    expect(h.journal.rowsOf("a")).toHaveLength(5);
    expect(receiver.taken).toEqual([]);
    expect(await replay(control, {})).toMatchObject({ replayed: 5n, destinations: [{ destination: "a", configHash: "hash-1" }] });
    await until(() => h.journal.rowsOf("a").length === 0);
    expect(receiver.taken).toEqual(ids(2, 6));
    expect(receiver.arrivals.findLast(({ id }) => id === "e2")).toMatchObject({ attempt: 1, deliveryId: "a/2" });
    expect(runtime.status()[0]).toMatchObject({ dead: 0, waiting: 0 });
    await runtime.close();
  });

  it("DLV-70: a dead letter that fails again is one again, and its history tells of both times", async () => {
    const { runtime, control } = await withDeadLetters(1, () => fail("record_invalid"));
    await replay(control, { ids: ["e1"] });
    await until(() => runtime.status()[0]?.dead === 1);
    const { deadLetters } = await list(control);
    expect(deadLetters[0]?.attempts).toMatchObject([{ number: 1 }, { number: 1 }]);
    await runtime.close();
  });

  it("DLV-71: a dry run says what today's filter would pass over; a replay delivers it all the same", async () => {
    const h = createHarness();
    let refusing = true;
    const receiver = createReceiver({ on: () => (refusing ? fail("record_invalid") : delivered()) });
    await h.journal.appendViews(events(1, 2));
    const first = await h.start(h.spec("a", receiver));
    await first.settled();
    await first.close();
    refusing = false;
    h.crash();
    const filter = create(RecordFilterSchema, { kinds: [RecordKind.FINDING] });
    const runtime = await h.start(h.spec("a", receiver, { filter, configHash: "hash-2" }));
    expect(await replay(runtime.control, {}, true)).toMatchObject({
      replayed: 2n,
      wouldSkip: 2n,
      destinations: [{ configHash: "hash-2" }],
    });
    await replay(runtime.control, {});
    await until(() => receiver.taken.length === 2);
    await runtime.close();
  });

  it("DLV-72: of a destination that is not configured any more says so and changes nothing; its dead letters can be discarded", async () => {
    const { h, runtime, receiver } = await withDeadLetters(2, () => fail("record_invalid"));
    await runtime.close();
    h.crash();
    const next = await h.start(h.spec("other", receiver));
    const { replayed, destinations } = await replay(next.control, { destination: "a" });
    expect([replayed, destinations[0]?.problem]).toEqual([0n, expect.stringContaining("not in the configuration any more")]);
    expect(await discard(next.control, { destination: "a" }, true)).toMatchObject({ discarded: 2n });
    expect(h.journal.rowsOf("a")).toHaveLength(2);
    expect(await discard(next.control, { destination: "a" })).toMatchObject({ discarded: 2n });
    expect(h.journal.rowsOf("a")).toEqual([]);
    await next.close();
  });

  it("DLV-73: stops where no more may wait at once, and says so", async () => {
    const h = createHarness();
    const window = { ...h.spec("x", createReceiver()).window, maxWaitingRecords: 3 };
    let refusing = true;
    const receiver = createReceiver({ on: () => (refusing ? fail("record_invalid") : new Promise<never>(() => undefined)) });
    await h.journal.appendViews(events(1, 5));
    const runtime = await h.start(h.spec("a", receiver, { window }));
    await runtime.settled();
    refusing = false;
    const first = await replay(runtime.control, {});
    expect([first.replayed, first.destinations[0]?.problem]).toEqual([3n, expect.stringContaining("only 3 may wait at once")]);
    expect(runtime.status()[0]).toMatchObject({ waiting: 3, dead: 2 });
    await runtime.close();
  });

  it("DLV-57: to a destination with state of its own counts each record once, with its dead letter gone in the same write", async () => {
    const h = createHarness();
    let refusing = true;
    const counters: Counters = {
      script: { on: ({ id }) => (refusing && id === "e2" ? fail("record_invalid") : delivered()) },
      shown: {},
      made: 0,
    };
    const create = bindIntegration(() => createCounting(counters), {});
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start(h.spec("counts", createReceiver(), { create }));
    await runtime.settled();
    expect(await replay(runtime.control, {})).toMatchObject({ replayed: 0n });
    expect(h.journal.rowsOf("counts")).toMatchObject([{ sequence: 2, state: "dead", attempts: 2 }]);
    refusing = false;
    expect(await replay(runtime.control, {}, true)).toMatchObject({ replayed: 1n });
    expect(await replay(runtime.control, {})).toMatchObject({ replayed: 1n });
    expect(counters.shown).toEqual({ e1: 1, e2: 1, e3: 1 });
    expect(h.journal.rowsOf("counts")).toEqual([]);
    await h.journal.appendViews(events(4, 4));
    await runtime.settled();
    await until(() => counters.shown["e4"] === 1);
    expect(counters.shown).toEqual({ e1: 1, e2: 1, e3: 1, e4: 1 });
    await runtime.close();
  });

  it("DLV-71: a dry run for a destination with state of its own counts what will be applied: no range, and not bounded by what may wait", async () => {
    const h = createHarness();
    let refusing = true;
    const counters: Counters = { script: { on: () => (refusing ? fail("record_invalid") : delivered()) }, shown: {}, made: 0 };
    const create = bindIntegration(() => createCounting(counters), {});
    await h.journal.appendViews(events(1, 5));
    const runtime = await h.start(h.spec("counts", createReceiver(), { create, window: window({ maxWaitingRecords: 2 }) }));
    await runtime.settled();
    await runtime.control.pauseDestination("counts");
    await h.journal.appendViews(events(6, 7));
    const to = { at: { case: "head", value: {} } } as never;
    await runtime.control.skipDestination({ $typeName: "tapio.admin.v1.SkipDestinationRequest", name: "counts", to, dryRun: false });
    refusing = false;
    const problem = "a range cannot be replayed to a destination with state of its own: it applies records in order";
    for (const dryRun of [true, false])
      expect(await replay(runtime.control, {}, dryRun)).toMatchObject({
        replayed: 5n,
        destinations: [{ replayed: 5n, gone: 0n, problem }],
      });
    await runtime.close();
  });
});

describe("ranges that were given up", () => {
  it("DLV-74: are replayed from what the journal still has, through today's filter, page by page", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    await h.journal.appendViews(events(1, 1200));
    const runtime = await h.start(h.spec("a", receiver, { start: { at: "head" } }));
    await h.journal.appendViews(events(1201, 1210));
    await runtime.settled();
    await runtime.control.pauseDestination("a");
    await h.journal.appendViews(events(1211, 2000));
    const to = { at: { case: "head", value: {} } } as never;
    await runtime.control.skipDestination({ $typeName: "tapio.admin.v1.SkipDestinationRequest", name: "a", to, dryRun: false });
    await runtime.control.resumeDestination("a");
    const { deadLetters } = await list(runtime.control);
    expect(deadLetters).toMatchObject([{ code: "skipped", range: { fromSequence: 1211n, toSequence: 2000n } }]);
    await h.journal.trimTo(1300);
    receiver.taken.length = 0;
    expect(await replay(runtime.control, {}, true)).toMatchObject({ replayed: 700n, destinations: [{ gone: 90n }] });
    expect(await replay(runtime.control, {})).toMatchObject({ replayed: 700n, destinations: [{ gone: 90n }] });
    await untilLater(h.clock, () => receiver.taken.length === 700);
    expect([...receiver.taken].sort()).toEqual(ids(1301, 2000).sort());
    await until(() => h.journal.rowsOf("a").length === 0);
    expect(runtime.status()[0]).toMatchObject({ dead: 0 });
    await runtime.close();
  });
});
