import { describe, expect, it } from "vitest";
import { createFakeClock } from "./fake-clock.ts";

describe("the fake clock", () => {
  it("stands still until it is moved", async () => {
    const clock = createFakeClock(1_000);
    expect(clock.now()).toBe(1_000);
    await clock.advance(250);
    expect(clock.now()).toBe(1_250);
  });

  it("wakes sleepers in the order of their times, each at its own time", async () => {
    const clock = createFakeClock(0);
    const woken: string[] = [];
    const nap = async (name: string, delayMs: number): Promise<void> => {
      await clock.sleep(delayMs);
      woken.push(`${name}@${String(clock.now())}`);
    };
    const naps = [nap("late", 30), nap("early", 10), nap("never", 100)];
    expect(clock.nextWakeMs()).toBe(10);
    await clock.advance(50);
    expect(woken).toEqual(["early@10", "late@30"]);
    expect(clock.now()).toBe(50);
    expect(clock.sleeperCount()).toBe(1);
    await clock.advance(50);
    await Promise.all(naps);
    expect(woken).toEqual(["early@10", "late@30", "never@100"]);
    expect(clock.nextWakeMs()).toBeUndefined();
  });

  it("runs a chain of sleeps as real time would", async () => {
    const clock = createFakeClock(0);
    const ticks: number[] = [];
    const chain = (async () => {
      for (let tick = 0; tick < 4; tick += 1) {
        await clock.sleep(10);
        ticks.push(clock.now());
      }
    })();
    await clock.advance(40);
    await chain;
    expect(ticks).toEqual([10, 20, 30, 40]);
  });

  it("rejects a sleep with its signal's reason, and forgets the sleeper", async () => {
    const clock = createFakeClock(0);
    const controller = new AbortController();
    const nap = clock.sleep(10, controller.signal);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(nap).rejects.toBe(reason);
    expect(clock.sleeperCount()).toBe(0);
    await expect(clock.sleep(10, controller.signal)).rejects.toBe(reason);
    await expect(clock.sleep(10, AbortSignal.abort("a text"))).rejects.toThrow("a text");
  });

  it("tells when somebody sleeps", async () => {
    const clock = createFakeClock(0);
    const twoSleep = clock.untilSleeping(2);
    const naps = [clock.sleep(1), clock.sleep(2)];
    await twoSleep;
    await clock.untilSleeping();
    await clock.advance(2);
    await Promise.all(naps);
  });
});
