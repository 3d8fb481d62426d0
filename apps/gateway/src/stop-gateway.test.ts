import { createFakeClock, recordingLogger, type FakeClock } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { stopGateway, type StopParts, type StopReport } from "./stop-gateway.ts";

interface Stopping {
  readonly clock: FakeClock;
  readonly hurry: AbortController;
  readonly steps: string[];
  readonly logger: ReturnType<typeof recordingLogger>;
  readonly report: Promise<StopReport>;
}

const never = new Promise<never>(() => undefined);

/** Stops parts that do nothing but say so, unless they are replaced. */
function stop(replaced: Partial<StopParts> = {}, deadlineMs = 20_000, clock = createFakeClock()): Stopping {
  const startedAtMs = clock.now();
  const hurry = new AbortController();
  const steps: string[] = [];
  const logger = recordingLogger();
  const say = async (text: string): Promise<void> => void steps.push(`${clock.now() - startedAtMs} ${text}`);
  const parts: StopParts = {
    turnAway: () => say("turn away"),
    ports: [{ stopAccepting: () => void say("stop accepting"), close: (graceMs) => say(`requests ${graceMs}`) }],
    admission: { close: () => say("admission") },
    retention: { close: () => say("retention") },
    runtime: {
      async drain(limitMs) {
        await say(`drain ${limitMs}`);
        return { complete: true, destinations: [] };
      },
      close: () => say("runtime"),
    },
    tracing: { close: (limitMs) => say(`traces ${limitMs}`) },
    journal: { close: () => say("journal") },
    ...replaced,
  };
  return { clock, hurry, steps, logger, report: stopGateway(parts, { deadlineMs, hurry: hurry.signal, clock, logger }) };
}

describe("stopping", () => {
  it("SHD-1, SHD-3, SHD-4, SHD-5, SHD-6: goes in order, each step with its share of the deadline", async () => {
    const { report, steps } = stop();
    expect(await report).toEqual({ orderly: true });
    expect(steps).toEqual([
      "0 turn away",
      "0 stop accepting",
      "0 requests 5000",
      "0 admission",
      "0 retention",
      "0 drain 18000",
      "0 runtime",
      "0 traces 2000",
      "0 journal",
    ]);
  });

  it("SHD-4: what requests took is not there for deliveries", async () => {
    const clock = createFakeClock();
    const { report, steps } = stop({ admission: { close: () => clock.sleep(10_000) } }, 20_000, clock);
    await clock.advance(10_000);
    await report;
    expect(steps).toContain("10000 drain 9000");
  });

  it("SHD-10: a step that fails is logged, and the others are taken", async () => {
    const { logger, report, steps } = stop({
      admission: {
        close: () => {
          throw new Error("a bug");
        },
      },
      turnAway: () => Promise.reject(new Error("another")),
    });
    expect(await report).toEqual({ orderly: false });
    expect(logger.entries.filter(({ level }) => level === "error").map(({ fields }) => fields)).toEqual([
      { step: "admission", error: "a bug" },
      { step: "reload", error: "another" },
    ]);
    expect(steps.at(-1)).toBe("0 journal");
  });

  it("SHD-7: what hangs is left behind after the deadline, and the journal is still closed", async () => {
    const { clock, report, steps } = stop({ admission: { close: () => never }, retention: { close: () => never } });
    await clock.advance(30_000);
    expect(await report).toEqual({ orderly: false });
    expect(steps.slice(-4)).toEqual(["27250 drain 0", "27250 runtime", "27250 traces 0", "27250 journal"]);
  });

  it("SHD-7: a journal that hangs is left behind", async () => {
    const { clock, report } = stop({ journal: { close: () => never } }, 1_000);
    await clock.advance(8_000);
    expect(await report).toEqual({ orderly: false });
  });

  it("a reload under way gets a quarter of what is left", async () => {
    const { clock, report, steps } = stop({ turnAway: () => never });
    await clock.advance(5_000);
    expect(await report).toEqual({ orderly: true });
    expect(steps).toContain("5000 retention");
  });
});

describe("hurrying", () => {
  it("SHD-8: cuts requests at once, and gives deliveries no more time", async () => {
    const graces: number[] = [];
    const cut = Promise.withResolvers<undefined>();
    const close = async (graceMs: number): Promise<void> => {
      graces.push(graceMs);
      if (graceMs === 0) cut.resolve(undefined);
      await cut.promise;
    };
    const { clock, hurry, report, steps } = stop({ ports: [{ stopAccepting: () => undefined, close }] });
    await clock.advance(2_000);
    hurry.abort();
    expect(await report).toEqual({ orderly: true });
    expect(graces).toEqual([5_000, 0]);
    expect(steps).toEqual([
      "0 turn away",
      "2000 admission",
      "2000 retention",
      "2000 drain 0",
      "2000 runtime",
      "2000 traces 0",
      "2000 journal",
    ]);
  });

  it("SHD-8: cuts off what destinations have in flight", async () => {
    const limits: number[] = [];
    const drained = Promise.withResolvers<{ complete: boolean; destinations: [] }>();
    const drain = (limitMs: number): typeof drained.promise => {
      limits.push(limitMs);
      if (limitMs === 0) drained.resolve({ complete: false, destinations: [] });
      return drained.promise;
    };
    const { clock, hurry, report, steps } = stop({ runtime: { drain, close: async () => undefined } });
    await clock.advance(3_000);
    hurry.abort();
    expect(await report).toEqual({ orderly: true });
    expect(limits).toEqual([18_000, 0]);
    expect(steps.at(-1)).toBe("3000 journal");
  });

  it("SHD-5, SHD-8: leaves traces behind", async () => {
    const { clock, hurry, report, steps } = stop({ tracing: { close: () => never } });
    await clock.advance(1_000);
    hurry.abort();
    await report;
    expect(steps.at(-1)).toBe("1000 journal");
  });

  it("SHD-7: counts the overtime from there", async () => {
    const { clock, hurry, report } = stop({ journal: { close: () => never } });
    await clock.advance(1_000);
    hurry.abort();
    await clock.advance(7_000);
    expect(await report).toEqual({ orderly: false });
  });
});
