import { createFakeClock, silentLogger, within, type FakeClock } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import type { LogRecord } from "../core/interfaces.ts";
import { createMemoryLog, type MemoryLog } from "../testdata/memory-log.ts";
import { followLog, type LogStep } from "./follow-log.ts";

interface Walk {
  next(): Promise<string>;
  stop(reason: Error): void;
}

/** A walk whose steps read as text: `#3` a record, `@3/5` progress at 3 with the head at 5, `@3/5 lost 1-2`. */
function walk(
  log: MemoryLog,
  clock: FakeClock,
  after: number,
  select: (record: LogRecord) => unknown = (record) => record,
  progressIntervalMs = 1_000,
): Walk {
  const stop = new AbortController();
  const steps = followLog(log, {
    after,
    select: (record) => select(record) || undefined,
    progressIntervalMs,
    clock,
    logger: silentLogger,
    signal: stop.signal,
  });
  return {
    next: async () => asText((await within(steps.next(), "the next step")).value),
    stop: (reason) => stop.abort(reason),
  };
}

function asText(step: LogStep<unknown>): string {
  if (step.kind === "record") return `#${step.record.sequence}`;
  return `@${step.sequence}/${step.head}${step.lost === undefined ? "" : ` lost ${step.lost.from}-${step.lost.to}`}`;
}

function logOf(count: number): MemoryLog {
  const log = createMemoryLog();
  for (let index = 0; index < count; index += 1) log.append(new Uint8Array());
  return log;
}

/** The next step, with as many waits of a second before it as it takes. */
async function nextThrough(steps: Walk, clock: FakeClock): Promise<{ step: string; waits: number }> {
  const next = steps.next();
  const isOver = next.then(() => true);
  for (let waits = 0; ; waits += 1) {
    if (await Promise.race([isOver, clock.untilSleeping().then(() => false)])) return { step: await next, waits };
    await clock.advance(1_000);
  }
}

describe("followLog", () => {
  it("says where it begins, gives what there is, and then what comes, each once and in order", async () => {
    const log = logOf(3);
    const steps = walk(log, createFakeClock(), 1);
    expect([await steps.next(), await steps.next(), await steps.next()]).toEqual(["@1/3", "#2", "#3"]);
    const live = steps.next();
    log.append(new Uint8Array());
    log.append(new Uint8Array());
    expect([await live, await steps.next()]).toEqual(["#4", "#5"]);
  });

  it("gives every record over many reads", async () => {
    const log = logOf(1_000);
    const steps = walk(log, createFakeClock(), 0);
    expect(await steps.next()).toBe("@0/1000");
    for (let sequence = 1; sequence <= 1_000; sequence += 1) expect(await steps.next()).toBe(`#${sequence}`);
    expect(log.readCount()).toBe(4);
  });

  it("gives others their turn while a selection costs a great deal of each record", async () => {
    const steps = walk(logOf(10), createFakeClock(), 0, ({ sequence }) => {
      for (const until = performance.now() + 25; performance.now() < until;);
      return sequence === 10;
    });
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    expect([await steps.next(), await steps.next()]).toEqual(["@0/10", "#10"]);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it("tells how far it has come after the interval, while nothing is selected and while nothing comes", async () => {
    const log = logOf(2);
    const clock = createFakeClock();
    const steps = walk(log, clock, 0, () => undefined);
    expect(await steps.next()).toBe("@0/2");
    for (const expected of ["@2/2", "@2/2"]) {
      const step = steps.next();
      await within(clock.untilSleeping(), "the wait");
      await clock.advance(1_000);
      expect(await step).toBe(expected);
    }
  });

  it.each([
    ["corrupt", 2],
    ["io", 9],
  ] as const)("OPS-6: tells what cannot be read (%s) as lost after it tried %i times more, and goes on after it", async (code, waits) => {
    const log = logOf(5);
    log.damage(3, 4, code);
    const clock = createFakeClock();
    const steps = walk(log, clock, 0, undefined, 60_000);
    expect([await steps.next(), await steps.next(), await steps.next()]).toEqual(["@0/5", "#1", "#2"]);
    expect(await nextThrough(steps, clock)).toEqual({ step: "@4/5 lost 3-4", waits });
    expect(await steps.next()).toBe("#5");
  });

  it("loses nothing where the medium fails for a while, and says that it is still there", async () => {
    const log = logOf(5);
    log.damage(3, 4, "io", 9);
    const clock = createFakeClock();
    const steps = walk(log, clock, 2, undefined, 5_000);
    expect(await steps.next()).toBe("@2/5");
    expect(await nextThrough(steps, clock)).toEqual({ step: "@2/5", waits: 5 });
    expect(await nextThrough(steps, clock)).toEqual({ step: "#3", waits: 4 });
  });

  it("begins to count tries anew after each read that went well", async () => {
    const log = logOf(4);
    log.damage(2, 2, "corrupt", 2);
    log.damage(4, 4, "corrupt", 2);
    const clock = createFakeClock();
    const steps = walk(log, clock, 0, undefined, 60_000);
    expect([await steps.next(), await steps.next()]).toEqual(["@0/4", "#1"]);
    expect(await nextThrough(steps, clock)).toEqual({ step: "#2", waits: 2 });
    expect(await steps.next()).toBe("#3");
    expect(await nextThrough(steps, clock)).toEqual({ step: "#4", waits: 2 });
  });

  it("tells what retention removed apart from damage right behind it", async () => {
    const log = logOf(5);
    const clock = createFakeClock();
    log.damage(3, 4);
    log.trimTo(2);
    const steps = walk(log, clock, 1, undefined, 60_000);
    expect(await steps.next()).toBe("@2/5 lost 2-2");
    expect((await nextThrough(steps, clock)).step).toBe("@4/5 lost 3-4");
    expect(await steps.next()).toBe("#5");
  });

  it("does not tell progress while records pass", async () => {
    const log = logOf(0);
    const clock = createFakeClock();
    const steps = walk(log, clock, 0);
    await steps.next();
    for (let sequence = 1; sequence <= 5; sequence += 1) {
      const step = steps.next();
      await within(clock.untilSleeping(), "the wait");
      await clock.advance(900);
      log.append(new Uint8Array());
      expect(await step).toBe(`#${sequence}`);
    }
  });

  it("takes a gap in the sequences for what it is", async () => {
    const log = logOf(1);
    log.skip(5);
    log.append(new Uint8Array());
    const steps = walk(log, createFakeClock(), 0);
    expect([await steps.next(), await steps.next(), await steps.next()]).toEqual(["@0/7", "#1", "#7"]);
  });

  it("tells what retention removed before the start", async () => {
    const log = logOf(9);
    log.trimTo(6);
    const steps = walk(log, createFakeClock(), 2);
    expect([await steps.next(), await steps.next()]).toEqual(["@6/9 lost 3-6", "#7"]);
  });

  it("tells what retention removed under a slow reader", async () => {
    const log = logOf(600);
    const steps = walk(log, createFakeClock(), 0);
    await steps.next();
    expect(await steps.next()).toBe("#1");
    log.trimTo(500);
    for (let sequence = 2; sequence <= 256; sequence += 1) expect(await steps.next()).toBe(`#${sequence}`);
    expect([await steps.next(), await steps.next()]).toEqual(["@500/600 lost 257-500", "#501"]);
  });

  it("tells when everything was removed", async () => {
    const log = logOf(3);
    log.trimTo(3);
    expect(await walk(log, createFakeClock(), 1).next()).toBe("@3/3 lost 2-3");
  });

  it("ends with the signal's reason while it waits, and leaves nobody waiting", async () => {
    const log = logOf(0);
    const clock = createFakeClock();
    const steps = walk(log, clock, 0);
    await steps.next();
    const step = steps.next();
    await within(clock.untilSleeping(), "the wait");
    steps.stop(new Error("enough"));
    await expect(step).rejects.toThrow("enough");
    expect([log.waiterCount(), clock.sleeperCount()]).toEqual([0, 0]);
  });

  it("ends in the middle of a batch", async () => {
    const steps = walk(logOf(10), createFakeClock(), 0);
    await steps.next();
    await steps.next();
    steps.stop(new Error("enough"));
    await expect(steps.next()).rejects.toThrow("enough");
  });
});
