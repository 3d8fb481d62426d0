import { delivered, type Outcome } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, ids, until, untilLater, window } from "../test/harness.ts";
import { createReceiver, fail, hang, type Arrival } from "../test/scripted-integration.ts";
import { retryPolicyFrom } from "./policy.ts";

/** Fails the attempts of these records, so many times each. */
function failing(code: Parameters<typeof fail>[0], times: Record<string, number>): (arrival: Arrival) => Outcome {
  return ({ id, attempt }) => (attempt <= (times[id] ?? 0) ? fail(code) : delivered());
}

describe("waiting rows", () => {
  it.each([true, false])(
    "DLV-21, DLV-22: a failed delivery waits in a row, does not hold up new records, and is tried again (batch: %s)",
    async (batch) => {
      const h = createHarness();
      const receiver = createReceiver({ batch, on: failing("unavailable", { e2: 2 }) });
      await h.journal.appendViews(events(1, 6));
      const runtime = await h.start(h.spec("a", receiver));
      await runtime.settled();
      expect([...receiver.taken].sort()).toEqual(["e1", "e3", "e4", "e5", "e6"]);
      const startMs = h.clock.now();
      expect(h.journal.rowsOf("a")).toMatchObject([
        {
          sequence: 2,
          recordId: "e2",
          state: "waiting",
          attempts: 1,
          firstAttemptAtMs: startMs,
          dueAtMs: startMs + 1000,
          code: "unavailable",
          message: "scripted unavailable",
        },
      ]);
      await idle();
      expect(runtime.status()[0]).toMatchObject({
        waiting: 1,
        cursor: 6,
        lastError: { code: "unavailable", message: "scripted unavailable", atMs: startMs },
      });
      await h.clock.advance(999);
      await idle();
      expect(receiver.arrivals).toHaveLength(6);
      await h.clock.advance(1);
      await until(() => h.journal.rowsOf("a")[0]?.attempts === 2);
      expect(h.journal.rowsOf("a")).toMatchObject([{ attempts: 2, firstAttemptAtMs: startMs, dueAtMs: startMs + 3000 }]);
      await h.clock.advance(2000);
      await until(() => h.journal.rowsOf("a").length === 0);
      expect(receiver.arrivals.filter(({ id }) => id === "e2").map(({ attempt, deliveryId }) => [attempt, deliveryId])).toEqual([
        [1, "a/2"],
        [2, "a/2"],
        [3, "a/2"],
      ]);
      await runtime.close();
    },
  );

  it("DLV-23: the row is in the commit that moves the cursor past it, or in one before", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true, on: ({ id }) => (Number(id.slice(1)) % 3 === 0 ? fail("internal") : delivered()) });
    const held = new Set<number>();
    let checked = 0;
    h.journal.onCommit = (_destination, { cursor = 0, put = [] }) => {
      for (const row of put) held.add(row.sequence);
      for (let sequence = 3; sequence <= cursor; sequence += 3) {
        expect(held).toContain(sequence);
        checked += 1;
      }
      return "write";
    };
    await h.journal.appendViews(events(1, 30));
    const runtime = await h.start(h.spec("a", receiver));
    await runtime.settled();
    expect(checked).toBeGreaterThan(9);
    expect(h.journal.rowsOf("a").map(({ sequence }) => sequence)).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 27, 30]);
    await runtime.close();
  });

  it("DLV-24: gives up after the last attempt, and keeps the record, the reason and the attempts", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: failing("internal", { e1: 99 }) });
    const [view] = events(1, 1);
    await h.journal.appendViews(events(1, 1));
    const runtime = await h.start(h.spec("a", receiver, { retry: { ...retryPolicyFrom(undefined), maxAttempts: 3 } }));
    await untilLater(h.clock, () => h.journal.rowsOf("a")[0]?.state === "dead");
    expect(h.journal.rowsOf("a")).toMatchObject([
      { recordId: "e1", attempts: 3, code: "internal", message: "given up after 3 attempts: scripted internal", bytes: view?.bytes },
    ]);
    await until(() => runtime.status()[0]?.dead === 1);
    expect(runtime.status()[0]).toMatchObject({ waiting: 0, dead: 1 });
    await h.clock.advance(3_600_000);
    expect(receiver.arrivals).toHaveLength(3);
    await runtime.close();
  });

  it("DLV-25: an integration that hangs times out, hears of it, and its later words are ignored", async () => {
    const h = createHarness();
    let signal: AbortSignal | undefined;
    const late = Promise.withResolvers<Outcome>();
    const receiver = createReceiver({
      on(arrival) {
        if (arrival.attempt > 1) return delivered();
        signal = arrival.signal;
        return late.promise;
      },
    });
    await h.journal.appendViews(events(1, 1));
    const runtime = await h.start(h.spec("a", receiver, { window: window({ attemptTimeoutMs: 5000 }) }));
    await until(() => receiver.arrivals.length === 1);
    await h.clock.advance(5000);
    await until(() => h.journal.rowsOf("a").length === 1);
    expect(signal?.aborted).toBe(true);
    expect(h.journal.rowsOf("a")).toMatchObject([{ code: "timeout", message: "no outcome within window.attempt_timeout", attempts: 1 }]);
    late.resolve(fail("gone"));
    await untilLater(h.clock, () => h.journal.rowsOf("a").length === 0);
    expect(runtime.status()[0]?.state).toBe("running");
    await runtime.close();
  });

  it("an integration that answers too few outcomes has a bug, for all of the batch", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    const spec = h.spec("a", receiver);
    const create = () => ({ ...spec.create(), processBatch: () => Promise.resolve([delivered()]) });
    await h.journal.appendViews(events(1, 2));
    const runtime = await h.start({ ...spec, create });
    await runtime.settled();
    expect(h.journal.rowsOf("a").map(({ message }) => message)).toEqual(
      Array(2).fill("a bug of the integration: it gave 1 outcomes for 2 records; it must give one outcome per record"),
    );
    await runtime.close();
  });

  it("DLV-26: gone disables the destination and its cursor stands; what was in flight settles", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: ({ id }) => (id === "e3" ? fail("gone") : delivered()) });
    await h.journal.appendViews(events(1, 8));
    const runtime = await h.start(h.spec("a", receiver, { window: window({ maxInFlightRecords: 2 }) }));
    await until(() => runtime.status()[0]?.state === "disabled" && h.journal.cursorOf("a") === 2);
    expect(runtime.status()[0]).toMatchObject({ reason: "gone: scripted gone", cursor: 2, lag: 6, waiting: 0 });
    expect(h.logger.entries.filter(({ level }) => level === "error")).toMatchObject([
      { fields: { destination: "a", to: "disabled", reason: "gone: scripted gone" } },
    ]);
    await runtime.settled();
    await runtime.close();
    expect(runtime.status()[0]?.state).toBe("disabled");
  });

  it("an integration that cancels by itself is asked again a little later, without an attempt counted", async () => {
    const h = createHarness();
    let canceled = 0;
    const receiver = createReceiver({ on: () => (++canceled <= 2 ? fail("canceled") : delivered()) });
    await h.journal.appendViews(events(1, 1));
    const runtime = await h.start(h.spec("a", receiver));
    await runtime.settled();
    expect(h.journal.rowsOf("a")).toMatchObject([{ state: "waiting", attempts: 0, code: "canceled" }]);
    await untilLater(h.clock, () => h.journal.rowsOf("a").length === 0);
    expect(receiver.arrivals.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    await runtime.close();
  });

  it("a row without a readable record becomes a dead letter", async () => {
    const h = createHarness();
    const row = { recordId: "x", state: "waiting", attempts: 1, firstAttemptAtMs: 1, dueAtMs: 2, code: "timeout", message: "m" } as const;
    const log = await h.journal.open("a", "scripted");
    await log.commit({
      cursor: 0,
      put: [
        { ...row, sequence: 1 },
        { ...row, sequence: 2, bytes: new Uint8Array([255]) },
      ],
    });
    const runtime = await h.start(h.spec("a", createReceiver()));
    await until(() => h.journal.rowsOf("a").every(({ state }) => state === "dead"));
    expect(h.journal.rowsOf("a").map(({ message }) => message.split(":")[0])).toEqual([
      "the row's record is not in the journal any more",
      "the row's record cannot be read",
    ]);
    await runtime.close();
  });

  it("DLV-22: a waiting row that hangs does not hold up new records", async () => {
    const h = createHarness();
    const receiver = createReceiver({
      on: ({ id, attempt }) => (id !== "e1" ? delivered() : attempt === 1 ? fail("unavailable") : hang()),
    });
    await h.journal.appendViews(events(1, 1));
    const runtime = await h.start(h.spec("a", receiver));
    await untilLater(h.clock, () => receiver.arrivals.length === 2);
    await h.journal.appendViews(events(2, 9));
    await until(() => h.journal.cursorOf("a") === 9);
    expect(receiver.taken).toEqual(ids(2, 9));
    await runtime.close();
  });
});

describe("the breaker at work", () => {
  it.each([true, false])(
    "DLV-30, DLV-31: a dead receiver costs few attempts, the backlog stays unread, and all arrives when it is back (batch: %s)",
    async (batch) => {
      const h = createHarness();
      let up = false;
      const receiver = createReceiver({ batch, on: () => (up ? delivered() : fail("unavailable")) });
      await h.journal.appendViews(events(1, 400));
      const runtime = await h.start(h.spec("a", receiver, { retry: { ...retryPolicyFrom(undefined), maxAttempts: 4 } }));
      await untilLater(h.clock, () => runtime.status()[0]?.breaker === "open");
      const rows = h.journal.rowsOf("a").length;
      const cursor = h.journal.cursorOf("a");
      const arrivals = receiver.arrivals.length;
      expect(rows).toBeLessThanOrEqual(64);
      for (let minute = 0; minute < 120; minute += 1) await h.clock.advance(60_000);
      expect(h.journal.rowsOf("a")).toHaveLength(rows);
      expect(h.journal.cursorOf("a")).toBe(cursor);
      expect(receiver.arrivals.length - arrivals).toBeGreaterThan(100);
      expect(receiver.arrivals.length - arrivals).toBeLessThan(130);
      expect(h.journal.rowsOf("a").every(({ state, attempts }) => state === "waiting" && attempts < 4)).toBe(true);
      expect(h.logger.entries.filter(({ message }) => message.includes("does not work"))).toHaveLength(1);
      up = true;
      await untilLater(h.clock, () => h.journal.cursorOf("a") === 400 && h.journal.rowsOf("a").length === 0);
      expect(new Set(receiver.taken)).toEqual(new Set(ids(1, 400)));
      expect(receiver.taken).toHaveLength(400);
      expect(runtime.status()[0]?.breaker).toBe("closed");
      await runtime.close();
    },
  );

  it("DLV-32: throttling stops all attempts for as long as the receiver asks", async () => {
    const h = createHarness();
    let throttled = true;
    const receiver = createReceiver({ batch: true, on: () => (throttled ? fail("throttled", 30_000) : delivered()) });
    await h.journal.appendViews(events(1, 4));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => runtime.status()[0]?.breaker === "open");
    throttled = false;
    await h.journal.appendViews(events(5, 8));
    const arrivals = receiver.arrivals.length;
    await h.clock.advance(29_999);
    expect(receiver.arrivals).toHaveLength(arrivals);
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 8 && h.journal.rowsOf("a").length === 0);
    expect(new Set(receiver.taken)).toEqual(new Set(ids(1, 8)));
    await runtime.close();
  });

  it("DLV-33: access_denied says that a person is needed, and nothing is ever given up", async () => {
    const h = createHarness();
    let denied = true;
    const receiver = createReceiver({ batch: true, on: () => (denied ? fail("access_denied") : delivered()) });
    await h.journal.appendViews(events(1, 40));
    const runtime = await h.start(h.spec("a", receiver, { retry: { ...retryPolicyFrom(undefined), maxAttempts: 1 } }));
    for (let hour = 0; hour < 8; hour += 1) await h.clock.advance(3_600_000);
    expect(h.journal.rowsOf("a").every(({ state }) => state === "waiting")).toBe(true);
    expect(await runtime.health(new AbortController().signal)).toMatchObject([
      { health: { healthy: false, message: "a person is needed: scripted access_denied" } },
    ]);
    denied = false;
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 40 && h.journal.rowsOf("a").length === 0);
    expect(new Set(receiver.taken)).toEqual(new Set(ids(1, 40)));
    await runtime.close();
  });

  it("a probe that says nothing of the receiver is followed by another", async () => {
    const h = createHarness();
    const receiver = createReceiver({
      batch: true,
      on: ({ id }) => (receiver.arrivals.length <= 20 ? fail("timeout") : id === "e1" ? fail("record_invalid") : delivered()),
    });
    await h.journal.appendViews(events(1, 20));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => runtime.status()[0]?.breaker === "open");
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 20 && h.journal.rowsOf("a").length === 1);
    expect(h.journal.rowsOf("a")).toMatchObject([{ recordId: "e1", state: "dead", attempts: 2 }]);
    expect(runtime.status()[0]?.breaker).toBe("recovering");
    await runtime.close();
  });
});
