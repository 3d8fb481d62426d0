import { delivered, type Outcome } from "@tapio/integration-core";
import { JournalError } from "@tapio/journal";
import { within } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, ids, until, untilLater, window } from "../test/harness.ts";
import { createReceiver, fail, hang } from "../test/scripted-integration.ts";
import { bindIntegration } from "./bound-integration.ts";
import { createScripted } from "../test/scripted-integration.ts";

describe("drain", () => {
  it("DLV-60: begins nothing new, lets attempts in flight finish, and reports what is left", async () => {
    const h = createHarness();
    const gate = Promise.withResolvers<Outcome>();
    const receiver = createReceiver({ batch: true, on: () => gate.promise });
    await h.journal.appendViews(events(1, 40));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => runtime.status()[0]?.inFlight === 16);
    const draining = runtime.drain(20_000);
    await idle();
    gate.resolve(delivered());
    expect(await draining).toEqual({ complete: false, destinations: [{ name: "a", cursor: 16, lag: 24, waiting: 0, unfinished: 4 }] });
    expect(receiver.closed).toBe(1);
    expect(runtime.status()[0]?.state).toBe("stopped");
    await runtime.close();
    expect(await runtime.drain(1)).toMatchObject({ complete: false });
    expect(receiver.closed).toBe(1);
  });

  it("DLV-61: cuts off what hangs at the deadline, counts no attempt, and sends nothing again that was settled", async () => {
    const h = createHarness();
    let hanging = true;
    const receiver = createReceiver({ on: ({ id }) => (hanging && (id === "e3" || id === "e8") ? hang() : delivered()) });
    await h.journal.appendViews(events(1, 8));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => receiver.taken.length === 6);
    const draining = runtime.drain(5000);
    await h.clock.untilSleeping();
    await h.clock.advance(5000);
    expect(await draining).toEqual({ complete: false, destinations: [{ name: "a", cursor: 7, lag: 1, waiting: 1, unfinished: 2 }] });
    expect(h.journal.rowsOf("a")).toMatchObject([{ sequence: 3, state: "waiting", attempts: 0, code: "canceled", dueAtMs: h.clock.now() }]);
    hanging = false;
    h.crash();
    const next = await h.start(h.spec("a", receiver));
    await until(() => h.journal.cursorOf("a") === 8 && h.journal.rowsOf("a").length === 0);
    expect([...receiver.taken].sort()).toEqual(ids(1, 8));
    expect(receiver.arrivals.every(({ attempt }) => attempt === 1)).toBe(true);
    await next.close();
  });

  it("DLV-61: a waiting row that is cut off keeps its row as it was", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: ({ attempt }) => (attempt === 1 ? fail("unavailable") : hang()) });
    await h.journal.appendViews(events(1, 1));
    const runtime = await h.start(h.spec("a", receiver));
    await untilLater(h.clock, () => receiver.arrivals.length === 2);
    await runtime.close();
    expect(h.journal.rowsOf("a")).toMatchObject([{ attempts: 1, code: "unavailable" }]);
  });

  it("DLV-62: neither an integration that never closes, nor one that never initializes, nor a journal that hangs hold it up for good", async () => {
    const h = createHarness();
    const stuck = createReceiver({ close: hang });
    const starting = createReceiver({ initialize: hang });
    const rejecting = createReceiver({ close: () => Promise.reject(new Error("cannot close")) });
    await h.journal.appendViews(events(1, 4));
    const runtime = await h.start(h.spec("stuck", stuck), h.spec("starting", starting), h.spec("rejecting", rejecting));
    await until(() => runtime.status().filter(({ cursor }) => cursor === 4).length === 2);
    h.journal.kill();
    const draining = runtime.drain(1000);
    let report: unknown;
    void draining.then((value) => (report = value));
    await untilLater(h.clock, () => report !== undefined, 30);
    expect(h.logger.entries.map(({ message }) => message)).toContain("the integration did not close in time and is left behind");
    expect(h.logger.entries.map(({ message }) => message)).toContain("the integration failed to close");
    expect(runtime.status().map(({ state }) => state)).toEqual(["stopped", "stopped", "stopped"]);
  });

  it("while the breaker is open, what comes behind is simply left unread", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true, on: () => fail("throttled", 60_000) });
    await h.journal.appendViews(events(1, 4));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => runtime.status()[0]?.breaker === "open");
    await h.journal.appendViews(events(5, 12));
    await idle();
    expect(await runtime.drain(1000)).toMatchObject({ destinations: [{ cursor: 4, lag: 8, waiting: 4, unfinished: 0 }] });
  });

  it("a runtime that was never started, or is closed while it starts, ends all the same", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    const { createRuntime } = await import("./runtime.ts");
    const { noopTracer, noopMeter, silentLogger } = await import("@tapio/testing");
    const options = { journal: h.journal, clock: h.clock, logger: silentLogger, meter: noopMeter, tracer: noopTracer, random: () => 0 };
    const never = createRuntime({ ...options, destinations: [h.spec("a", receiver)] });
    expect(never.status()).toMatchObject([{ state: "starting", lag: 0 }]);
    await never.settled();
    await never.close();
    const early = createRuntime({ ...options, destinations: [h.spec("b", receiver)] });
    const starting = early.start();
    await early.close();
    await starting;
    expect(receiver.made).toBe(0);
  });
});

describe("initialize", () => {
  it("DLV-41: config_invalid disables that destination with the reason, the others go on", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    const refused = createReceiver({
      initialize: async () => {
        const outcome = fail("config_invalid");
        if (outcome.kind === "failed") throw outcome.error;
        await idle();
      },
    });
    await h.journal.appendViews(events(1, 2));
    const runtime = await h.start(h.spec("refused", refused), h.spec("good", receiver));
    await runtime.settled();
    expect(runtime.status()).toMatchObject([
      { name: "refused", state: "disabled", reason: "config_invalid: scripted config_invalid", cursor: 0 },
      { name: "good", state: "running", cursor: 2 },
    ]);
    await h.clock.advance(600_000);
    expect(refused.made).toBe(1);
    await runtime.close();
  });

  it("DLV-42: any other failure, a hang and a factory that throws included, is tried again with a new integration", async () => {
    const h = createHarness();
    let tries = 0;
    const receiver = createReceiver({
      initialize: async () => {
        tries += 1;
        if (tries === 1) throw new Error("no such host");
        if (tries === 2) await hang();
      },
    });
    const { journal } = h;
    const bound = bindIntegration(() => createScripted(receiver, () => journal.alive), {});
    let made = 0;
    const create = () => {
      if (++made === 1) throw new Error("cannot be made");
      return bound();
    };
    await h.journal.appendViews(events(1, 2));
    const runtime = await h.start(h.spec("a", receiver, { create, window: window({ attemptTimeoutMs: 5000 }) }));
    await until(() => runtime.status()[0]?.reason === "initializing failed and is tried again: cannot be made");
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 2);
    expect([made, receiver.made, receiver.closed]).toEqual([4, 3, 2]);
    expect(runtime.status()[0]).toMatchObject({
      state: "running",
      reason: "",
      lastError: { code: "timeout", message: "not initialized within 5000 ms" },
    });
    await runtime.close();
  });
});

describe("when the journal fails", () => {
  it.each(["io", "full"] as const)(
    "DLV-43: %s in commits stops attempts, visibly, until they work again; nothing is lost",
    async (code) => {
      const h = createHarness();
      const receiver = createReceiver({ batch: true });
      const runtime = await h.start(h.spec("a", receiver));
      await until(() => runtime.status()[0]?.state === "running");
      let failing = true;
      h.journal.onCommit = () => (failing ? new JournalError(code, "the disk is tired") : "write");
      await h.journal.appendViews(events(1, 4));
      await until(() => runtime.status()[0]?.state === "journal_failing");
      expect(runtime.status()[0]?.reason).toBe("committing: the disk is tired");
      await h.journal.appendViews(events(5, 200));
      for (let minute = 0; minute < 10; minute += 1) await h.clock.advance(60_000);
      expect(receiver.taken.length).toBeLessThanOrEqual(20);
      expect(h.logger.entries.filter(({ fields }) => fields["to"] === "journal_failing")).toHaveLength(1);
      failing = false;
      await untilLater(h.clock, () => h.journal.cursorOf("a") === 200);
      expect([...receiver.taken].sort()).toEqual(ids(1, 200).sort());
      expect(runtime.status()[0]?.state).toBe("running");
      await runtime.close();
    },
  );

  it("DLV-23: the rows of a failed commit are in the one that succeeds", async () => {
    const h = createHarness();
    const receiver = createReceiver({
      batch: true,
      on: ({ id }) => (id === "e2" ? fail("internal") : id === "e3" ? fail("record_invalid") : delivered()),
    });
    const runtime = await h.start(h.spec("a", receiver));
    let failing = 3;
    h.journal.onCommit = () => (failing-- > 0 ? new JournalError("io", "EIO") : "write");
    await h.journal.appendViews(events(1, 4));
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 4);
    expect(h.journal.rowsOf("a")).toMatchObject([
      { sequence: 2, state: "waiting" },
      { sequence: 3, state: "dead" },
    ]);
    await runtime.close();
  });

  it("DLV-44: a fenced destination stops for good and says so", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    const runtime = await h.start(h.spec("a", receiver));
    const other = await h.journal.open("a", "scripted");
    await h.journal.appendViews(events(1, 4));
    await until(() => runtime.status()[0]?.state === "fenced");
    await h.journal.appendViews(events(5, 8));
    await idle();
    expect(receiver.taken).toEqual(ids(1, 4));
    expect(other.cursor).toBe(0);
    await runtime.settled();
    expect((await runtime.health(new AbortController().signal))[0]?.health).toMatchObject({
      healthy: false,
      message: "a has a later holder",
    });
    await runtime.close();
  });

  it("DLV-43: reads that fail are tried again", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    await h.journal.appendViews(events(1, 4));
    h.journal.readError = new JournalError("io", "cannot read");
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => runtime.status()[0]?.state === "journal_failing");
    await h.clock.advance(5000);
    expect(runtime.status()[0]?.reason).toMatch(/^reading (the journal|waiting rows): cannot read$/);
    h.journal.readError = undefined;
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 4 && runtime.status()[0]?.state === "running");
    expect(receiver.taken).toEqual(ids(1, 4));
    await runtime.close();
  });

  it("a drain while commits fail tries once more, and what was not written is delivered again after the next start", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    const runtime = await h.start(h.spec("a", receiver));
    h.journal.onCommit = () => new JournalError("full", "no room");
    await h.journal.appendViews(events(1, 4));
    await until(() => runtime.status()[0]?.state === "journal_failing");
    expect(await within(runtime.drain(1000), "drain")).toMatchObject({ complete: false, destinations: [{ cursor: 0, lag: 4 }] });
    h.crash();
    const next = await h.start(h.spec("a", receiver));
    await next.settled();
    expect(receiver.taken).toEqual([...ids(1, 4), ...ids(1, 4)]);
    await next.close();
  });
});
