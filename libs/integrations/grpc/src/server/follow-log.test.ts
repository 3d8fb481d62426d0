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
function walk(log: MemoryLog, clock: FakeClock, after: number, select: (record: LogRecord) => unknown = (record) => record): Walk {
  const stop = new AbortController();
  const steps = followLog(log, {
    after,
    select: (record) => select(record) || undefined,
    progressIntervalMs: 1_000,
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

  it("OPS-6: tells what cannot be read as lost, goes on after it, and says of what retention removed before it apart", async () => {
    const log = logOf(9);
    log.damage(3, 4);
    log.damage(8, 8);
    log.trimTo(1);
    const steps = walk(log, createFakeClock(), 0);
    const seen: string[] = [];
    while (seen.at(-1) !== "#9") seen.push(await steps.next());
    expect(seen).toEqual(["@1/9 lost 1-1", "#2", "@4/9 lost 3-4", "#5", "#6", "#7", "@8/9 lost 8-8", "#9"]);
  });

  it("OPS-6: tells of damage right behind what retention removed", async () => {
    const log = logOf(5);
    log.damage(3, 4);
    const steps = walk(log, createFakeClock(), 0);
    expect([await steps.next(), await steps.next(), await steps.next()]).toEqual(["@0/5", "#1", "#2"]);
    log.trimTo(2);
    const other = walk(log, createFakeClock(), 2);
    expect([await other.next(), await other.next(), await other.next()]).toEqual(["@2/5", "@4/5 lost 3-4", "#5"]);
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
