import { delivered } from "@tapio/integration-core";
import { createFakeClock } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, until, type Harness } from "../test/harness.ts";
import { createReceiver, fail, hang } from "../test/scripted-integration.ts";
import { permit, type Breaker } from "./breaker.ts";
import { createDeadlines } from "./deadlines.ts";
import { createWake, pause, within } from "./wake.ts";

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;

/** Time goes on, but what it is said to be can be set. */
function setClock(h: Harness, offsetMs: number): void {
  const { clock } = h;
  const now = clock.now.bind(clock);
  Object.assign(clock, { now: () => now() + offsetMs });
}

describe("DLV-29: nobody sleeps longer than an hour without looking again", () => {
  const never = new AbortController().signal;

  it("a pause of three hours takes three hours, in pieces", async () => {
    const clock = createFakeClock();
    const startMs = clock.now();
    let over = false;
    void pause(clock, 2.5 * hourMs, never).then(() => (over = true));
    expect(clock.nextWakeMs()).toBe(startMs + hourMs);
    await clock.advance(2.5 * hourMs - 1);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(over).toBe(true);
  });

  it("a wait until next year, a limit and a deadline of a year look again after an hour", async () => {
    const clock = createFakeClock();
    const wakeAtMs = clock.now() + hourMs;
    let looks = 0;
    void createWake(clock)
      .wait(0, never, clock.now() + yearMs)
      .then(() => (looks += 1));
    void within(clock, yearMs, hang());
    const ends: string[] = [];
    createDeadlines(clock, yearMs, never).watch((why) => ends.push(why));
    expect([clock.sleeperCount(), clock.nextWakeMs()]).toEqual([3, wakeAtMs]);
    await clock.advance(hourMs);
    expect([looks, clock.sleeperCount(), clock.nextWakeMs(), ends]).toEqual([1, 2, wakeAtMs + hourMs, []]);
  });
});

describe("a clock that is set back", () => {
  it("gives an attempt its time once more", async () => {
    const h = createHarness();
    const ends: string[] = [];
    createDeadlines(h.clock, 1000, new AbortController().signal).watch((why) => ends.push(why));
    setClock(h, -yearMs);
    await h.clock.advance(1999);
    expect(ends).toEqual([]);
    await h.clock.advance(1);
    expect(ends).toEqual(["timeout"]);
  });

  it("makes an open breaker probe when no receiver can have asked for so long a wait", () => {
    const open: Breaker = { state: "open", code: "throttled", probes: 0, probeAtMs: yearMs };
    expect(permit(open, 0)).toEqual({ kind: "probe" });
    expect(permit(open, yearMs - 24 * hourMs)).toEqual({ kind: "wait", untilMs: yearMs });
  });
});

describe("DLV-29: what was written while the clock was wrong", () => {
  it("is due at once at the next start, with its attempts kept", async () => {
    const wrong = createHarness();
    setClock(wrong, yearMs);
    await wrong.journal.appendViews(events(1, 2));
    const before = await wrong.start(wrong.spec("a", createReceiver({ batch: true, on: () => fail("unavailable") })));
    await until(() => wrong.journal.rowsOf("a").length === 2);
    await before.close();

    const right = createHarness();
    right.journal = wrong.journal.reopen();
    const receiver = createReceiver({ batch: true });
    const after = await right.start(right.spec("a", receiver));
    await until(() => right.journal.rowsOf("a").length === 0);
    expect(receiver.arrivals.map(({ id, attempt }) => [id, attempt])).toEqual([
      ["e1", 2],
      ["e2", 2],
    ]);
    await after.close();
  });

  it("is due as soon as the gateway that runs on sees the right time", async () => {
    const h = createHarness();
    let isUp = false;
    const receiver = createReceiver({ batch: true, on: () => (isUp ? delivered() : fail("unavailable")) });
    setClock(h, yearMs);
    await h.journal.appendViews(events(1, 2));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => h.journal.rowsOf("a").length === 2);
    isUp = true;
    setClock(h, -yearMs);
    await idle();
    expect(receiver.taken).toEqual([]);
    await h.clock.advance(2000);
    await until(() => h.journal.rowsOf("a").length === 0);
    expect(receiver.taken).toEqual(["e1", "e2"]);
    await runtime.close();
  });
});
