import type { DeliveryRow } from "@tapio/journal";
import { createFakeClock, sampleEvent, sampleView } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createFakeJournal } from "../../test/fake-journal.ts";
import { createLedger } from "../ledger.ts";
import { createTurns } from "../turns.ts";
import { backlogProblem, detachTo } from "./backlog.ts";
import { controlOf, encodeControl } from "./control-state.ts";
import { giveUpRange } from "./give-up-range.ts";
import { createRates } from "./rates.ts";

describe("control state", () => {
  it("comes back as it was written, and an operator's pause under every configuration", () => {
    const paused = { kind: "paused", reason: "maintenance" } as const;
    const gone = { kind: "gone", reason: "410" } as const;
    expect(controlOf(encodeControl(paused, 1, "one"), "other")).toEqual(paused);
    expect(controlOf(encodeControl(gone, 1, "one"), "one")).toEqual(gone);
    expect(controlOf(encodeControl(gone, 1, "one"), "other")).toEqual({ kind: "delivers" });
    expect(controlOf(encodeControl({ kind: "delivers" }, 1, "one"), "one")).toEqual({ kind: "delivers" });
  });

  it("what cannot be read stops nobody", () => {
    expect(controlOf(new Uint8Array([255, 255]), "one")).toEqual({ kind: "delivers" });
  });
});

describe("backlog", () => {
  const policy = { bytesMax: 100, ageMsMax: 60_000, onFull: "detach" } as const;

  it.each([
    [{ records: 3, bytes: 100, oldestAtMs: 0 }, 60_000, undefined],
    [{ records: 3, bytes: 101, oldestAtMs: 0 }, 0, "101 bytes of records behind, more than max_backlog.bytes: 100"],
    [{ records: 3, bytes: 1, oldestAtMs: 0 }, 60_001, "60 s behind, more than max_backlog.age: 60 s"],
    [{ records: 0, bytes: 0, oldestAtMs: undefined }, 90_000, undefined],
  ])("%j at %i ms: %s", (backlog, nowMs, problem) => {
    expect(backlogProblem(policy, backlog, nowMs)).toBe(problem);
  });

  it("DLV-91: gives up the fewest records that bring it a tenth within its bounds", async () => {
    const clock = createFakeClock(0);
    const journal = createFakeJournal(clock);
    const view = sampleView(sampleEvent());
    const size = view.bytes.length;
    for (let record = 0; record < 10; record += 1) {
      await journal.appendViews([view]);
      await clock.advance(1000);
    }
    const byBytes = { ...policy, bytesMax: 5 * size, ageMsMax: Infinity };
    expect(await detachTo(journal, byBytes, 0, 10_000)).toBe(6);
    expect(await detachTo(journal, byBytes, 8, 10_000)).toBe(8);
    expect(await detachTo(journal, { ...policy, bytesMax: Infinity, ageMsMax: 5000 }, 0, 10_000)).toBe(6);
  });
});

describe("giving up a range", () => {
  async function destination() {
    const clock = createFakeClock(0);
    const journal = createFakeJournal(clock);
    const log = await journal.open("a", "scripted");
    const ledger = createLedger(log, clock, 0);
    const give = (to: number, code: "skipped" | "detached" = "skipped") =>
      giveUpRange({ log, ledger }, clock, { to, code, message: "m", configHash: "h" });
    const ranges = () => journal.rowsOf("a").map(({ sequence, through, code }) => [sequence, through, code]);
    return { journal, log, ledger, give, ranges };
  }
  const row: Omit<DeliveryRow, "sequence"> = {
    ...{ recordId: "x", state: "waiting", attempts: 1, firstAttemptAtMs: 0, dueAtMs: 0, code: "timeout", message: "" },
  };

  it("what touches the range before, for the same reason, makes it longer; another reason makes another", async () => {
    const { give, ranges, ledger } = await destination();
    await give(3);
    await give(5);
    await give(7, "detached");
    expect(ranges()).toEqual([
      [1, 5, "skipped"],
      [6, 7, "detached"],
    ]);
    expect([ledger.cursor, ledger.dead]).toEqual([7, 2]);
  });

  it("DLV-4: rows above the cursor are left as they are, and the range begins beside them", async () => {
    const { give, ranges, log } = await destination();
    await log.commit({
      cursor: 0,
      put: [
        { ...row, sequence: 1 },
        { ...row, sequence: 4 },
      ],
    });
    await give(6);
    expect(ranges()).toEqual([
      [1, undefined, "timeout"],
      [2, 6, "skipped"],
      [4, undefined, "timeout"],
    ]);
  });

  it("nothing happens behind the cursor", async () => {
    const { give, ranges, ledger } = await destination();
    await give(3);
    await give(2);
    expect([ranges(), ledger.cursor]).toEqual([[[1, 3, "skipped"]], 3]);
  });
});

describe("rates", () => {
  it("are those of the last minute", async () => {
    const clock = createFakeClock();
    const totals = { delivered: 0, skipped: 0, failed: 0, dead: 0, parked: 0 };
    const rates = createRates(clock, totals);
    expect(rates.perSecond("delivered")).toBe(0);
    for (let second = 0; second < 120; second += 1) {
      totals.delivered += second < 60 ? 10 : 2;
      await clock.advance(1000);
      rates.sample();
    }
    expect([rates.perSecond("delivered"), rates.perSecond("failed")]).toEqual([2, 0]);
  });
});

describe("turns", () => {
  it("come one after the other, and what one throws stops no other", async () => {
    const inTurn = createTurns();
    const done: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = inTurn(async () => {
      await gate.promise;
      done.push("first");
      throw new Error("first failed");
    });
    const second = inTurn(() => done.push("second"));
    expect(done).toEqual([]);
    gate.resolve();
    await expect(first).rejects.toThrow("first failed");
    await second;
    expect(done).toEqual(["first", "second"]);
  });
});
