import { create } from "@bufbuild/protobuf";
import { RecordFilterSchema, RecordKind } from "@tapio/contracts/domain/v1/record";
import { delivered, failed, IntegrationError, type Outcome } from "@tapio/integration-core";
import { JournalError } from "@tapio/journal";
import { sampleViews } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import type { CommitFate } from "../test/fake-journal.ts";
import { createHarness, events, ids, until, untilLater, window, type Harness } from "../test/harness.ts";
import { createCounting, createReceiver, fail, hang, type Arrival, type Counters } from "../test/scripted-integration.ts";
import { bindIntegration } from "./bound-integration.ts";
import type { DestinationSpec } from "./destination-spec.ts";
import { retryPolicyFrom } from "./policy.ts";

function counting(on?: Counters["script"]["on"]): Counters {
  return { script: on === undefined ? {} : { on }, shown: {}, made: 0 };
}

function countingSpec(h: Harness, counters: Counters, overrides: Partial<DestinationSpec> = {}): DestinationSpec {
  const { journal } = h;
  return h.spec("counts", createReceiver(), {
    create: bindIntegration(() => createCounting(counters, () => journal.alive), {}),
    ...overrides,
  });
}

const once = (from: number, to: number, but: readonly string[] = []): Record<string, number> =>
  Object.fromEntries(
    ids(from, to)
      .filter((id) => !but.includes(id))
      .map((id) => [id, 1]),
  );

describe("destinations with state of their own", () => {
  it("DLV-50, DLV-51: cursor and snapshot are one commit, and only committed state is shown", async () => {
    const h = createHarness();
    const counters = counting();
    const seen: unknown[] = [];
    await h.journal.appendViews(events(1, 10));
    h.journal.onCommit = (_destination, change) => {
      if (change.state !== undefined)
        seen.push([
          change.cursor,
          Object.keys(JSON.parse(new TextDecoder().decode(change.state)) as object).length,
          Object.keys(counters.shown).length,
        ]);
      return "write";
    };
    const runtime = await h.start(countingSpec(h, counters));
    await runtime.settled();
    await h.journal.appendViews(events(11, 12));
    await runtime.settled();
    await until(() => Object.keys(counters.shown).length === 12);
    expect(seen).toEqual([
      [10, 10, 0],
      [12, 12, 10],
    ]);
    expect(counters.shown).toEqual(once(1, 12));
    expect(runtime.status()[0]).toMatchObject({ integration: "scripted", state: "running", cursor: 12, breaker: "closed", inFlight: 0 });
    await runtime.close();
  });

  it("DLV-52: state is given back at the next start, and nothing is counted twice", async () => {
    const h = createHarness();
    const counters = counting();
    await h.journal.appendViews(events(1, 5));
    const first = await h.start(countingSpec(h, counters));
    await first.settled();
    await first.drain(1000);
    h.crash();
    await h.journal.appendViews(events(6, 9));
    const second = await h.start(countingSpec(h, counters));
    await second.settled();
    await until(() => Object.keys(counters.shown).length === 9);
    expect(counters.shown).toEqual(once(1, 9));
    await second.close();
  });

  it("DLV-53: through a crash before and after every commit each record counts once", async () => {
    for (let dieAt = 1; dieAt <= 8; dieAt += 1) {
      for (const fate of ["die_before", "die_after"] as const) {
        const h = createHarness();
        const counters = counting();
        await h.journal.appendViews(events(1, 30));
        let commits = 0;
        const dying = (): CommitFate => (++commits === dieAt ? fate : "write");
        h.journal.onCommit = dying;
        const spec = (): DestinationSpec => countingSpec(h, counters, { window: window({ maxInFlightRecords: 5 }) });
        void h.start(spec());
        await until(() => !h.journal.alive || h.journal.cursorOf("counts") === 30);
        h.crash();
        expect(Object.values(counters.shown).every((count) => count === 1)).toBe(true);
        const runtime = await h.start(spec());
        await runtime.settled();
        await until(() => Object.keys(counters.shown).length === 30);
        expect(counters.shown, `${fate} ${dieAt}`).toEqual(once(1, 30));
        await runtime.close();
      }
    }
  });

  it.each<[string, (arrival: Arrival) => Outcome | Promise<Outcome>]>([
    ["unavailable", () => fail("unavailable")],
    ["a throw", () => Promise.reject(new Error("a bug"))],
    ["a hang", hang],
    ["canceled by itself", () => fail("canceled")],
  ])("DLV-54: after %s it is made anew from the committed state, and nothing is counted twice", async (_what, trouble) => {
    const h = createHarness();
    let failures = 0;
    const counters = counting((arrival) => (arrival.id === "e7" && failures++ < 3 ? trouble(arrival) : delivered()));
    await h.journal.appendViews(events(1, 12));
    const runtime = await h.start(countingSpec(h, counters, { window: window({ attemptTimeoutMs: 2000 }) }));
    await untilLater(h.clock, () => runtime.status()[0]?.state === "backing_off");
    await untilLater(h.clock, () => h.journal.cursorOf("counts") === 12);
    await until(() => Object.keys(counters.shown).length === 12);
    expect(counters.shown).toEqual(once(1, 12));
    expect(counters.made).toBe(4);
    expect(h.journal.rowsOf("counts")).toEqual([]);
    expect(runtime.status()[0]).toMatchObject({ state: "running", reason: "" });
    await runtime.close();
  });

  it("DLV-55: a refused record is a dead letter in the commit that passes it, and the batch goes on", async () => {
    const h = createHarness();
    const counters = counting(({ id }) =>
      id === "e3" ? fail("record_invalid") : id === "e6" ? delivered({ rejected: 1, message: "half" }) : delivered(),
    );
    await h.journal.appendViews(events(1, 8));
    const runtime = await h.start(countingSpec(h, counters));
    await runtime.settled();
    expect(h.journal.rowsOf("counts")).toMatchObject([
      { sequence: 3, state: "dead", attempts: 1, code: "record_invalid" },
      { sequence: 6, state: "dead", code: "record_invalid" },
    ]);
    await until(() => Object.keys(counters.shown).length === 7);
    expect(h.meter.value("tapio_delivery_records_total", { destination: "counts", outcome: "dead" })).toBe(2);
    await runtime.close();
  });

  it("DLV-56: a record on which it always fails with a bug is given up alone, and counted by nobody", async () => {
    const h = createHarness();
    const counters = counting(({ id }) => {
      if (id === "e6") throw new Error("cannot count e6");
      return delivered();
    });
    await h.journal.appendViews(events(1, 12));
    const runtime = await h.start(countingSpec(h, counters, { retry: { ...retryPolicyFrom(undefined), maxAttempts: 3 } }));
    await untilLater(h.clock, () => h.journal.cursorOf("counts") === 12);
    await until(() => Object.keys(counters.shown).length === 11);
    expect(counters.shown).toEqual(once(1, 12, ["e6"]));
    expect(h.journal.rowsOf("counts")).toMatchObject([
      { sequence: 6, recordId: "e6", state: "dead", attempts: 3, code: "internal", message: "given up after 3 attempts: cannot count e6" },
    ]);
    await runtime.close();
  });

  it("DLV-56: a receiver that is away is waited for, whatever the attempts", async () => {
    const h = createHarness();
    let away = true;
    const counters = counting(() => (away ? fail("unavailable") : delivered()));
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start(countingSpec(h, counters, { retry: { ...retryPolicyFrom(undefined), maxAttempts: 1, maxAgeMs: 0 } }));
    for (let minute = 0; minute < 60; minute += 1) await h.clock.advance(60_000);
    expect(h.journal.rowsOf("counts")).toEqual([]);
    expect(runtime.status()[0]).toMatchObject({ state: "backing_off", cursor: 0, lastError: { code: "unavailable" } });
    away = false;
    await untilLater(h.clock, () => h.journal.cursorOf("counts") === 3);
    await until(() => Object.keys(counters.shown).length === 3);
    expect(counters.shown).toEqual(once(1, 3));
    await runtime.close();
  });

  it("gone disables it; a filter that takes nothing still moves its cursor; what cannot be read is a dead letter", async () => {
    const h = createHarness();
    const counters = counting(({ id }) =>
      id === "record-4"
        ? failed(new IntegrationError({ integration: "c", operation: "o", code: "gone", message: "no more" }))
        : delivered(),
    );
    const filter = create(RecordFilterSchema, { kinds: [RecordKind.EVENT] });
    await h.journal.appendBytes(new Uint8Array([255]));
    const runtime = await h.start(countingSpec(h, counters, { filter }));
    await until(() => h.journal.cursorOf("counts") === 1);
    expect(h.journal.rowsOf("counts")).toMatchObject([{ sequence: 1, state: "dead", recordId: "unreadable-1" }]);
    await h.journal.appendViews(sampleViews(3).slice(1));
    await until(() => h.journal.cursorOf("counts") === 3);
    await h.journal.appendViews(sampleViews(1));
    await h.journal.appendBytes(new Uint8Array([255]));
    await h.journal.appendViews(sampleViews(4).slice(3));
    await until(() => runtime.status()[0]?.state === "disabled");
    expect(runtime.status()[0]).toMatchObject({ reason: "gone: no more" });
    await runtime.close();
  });

  it("a commit that fails is tried again with the same state; what a failing snapshot or committed() says is not lost", async () => {
    const h = createHarness();
    const counters = counting();
    let failing = 2;
    let trouble: "snapshot" | "committed" | undefined = "snapshot";
    const { journal } = h;
    const bound = bindIntegration(() => createCounting(counters, () => journal.alive), {});
    const make: DestinationSpec["create"] = () => {
      const made = bound();
      return {
        ...made,
        snapshot() {
          if (trouble === "snapshot") throw new Error("no snapshot");
          return made.snapshot?.() ?? new Uint8Array();
        },
        committed() {
          if (trouble === "committed") throw new Error("cannot show");
          made.committed?.();
        },
      };
    };
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start(countingSpec(h, counters, { create: make }));
    await until(() => runtime.status()[0]?.state === "backing_off");
    expect(runtime.status()[0]?.reason).toBe("snapshot failed: no snapshot");
    trouble = "committed";
    h.journal.onCommit = () => (failing-- > 0 ? new JournalError("io", "EIO") : "write");
    await untilLater(h.clock, () => runtime.status()[0]?.state === "journal_failing");
    await untilLater(h.clock, () => h.journal.cursorOf("counts") === 3);
    await until(() => runtime.status()[0]?.lastError?.message === "committed() failed: Error: cannot show");
    trouble = undefined;
    await h.journal.appendViews(events(4, 4));
    await untilLater(h.clock, () => Object.keys(counters.shown).length === 4);
    expect(counters.shown).toEqual(once(1, 4));
    await runtime.close();
  });

  it("DLV-60: a drain lets the batch in flight finish and commits it", async () => {
    const h = createHarness();
    const gate = Promise.withResolvers<Outcome>();
    const counters = counting(({ id }) => (id === "e2" ? gate.promise : delivered()));
    await h.journal.appendViews(events(1, 12));
    const runtime = await h.start(countingSpec(h, counters));
    await until(() => runtime.status()[0]?.inFlight === 4);
    const draining = runtime.drain(5000);
    gate.resolve(delivered());
    expect(await draining).toMatchObject({ complete: false, destinations: [{ name: "counts", cursor: 4, lag: 8, unfinished: 0 }] });
    expect(counters.shown).toEqual(once(1, 4));
  });
});
