import { delivered, type Outcome } from "@tapio/integration-core";
import { JournalError } from "@tapio/journal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommitFate } from "../test/fake-journal.ts";
import { createHarness, events, idle, ids, until, untilLater, window } from "../test/harness.ts";
import { createCounting, createReceiver, fail, type Counters } from "../test/scripted-integration.ts";
import { bindIntegration } from "./bound-integration.ts";
import { retryPolicyFrom } from "./policy.ts";

describe("through crashes", () => {
  it("DLV-4: after a crash a row above the cursor wins over reading its record again: no attempt is counted twice", async () => {
    const h = createHarness();
    const stuck = Promise.withResolvers<Outcome>();
    const receiver = createReceiver({
      on: ({ id, attempt }) =>
        id === "e1" && attempt === 1 && receiver.made === 1
          ? stuck.promise
          : id === "e3" && attempt < 3
            ? fail("unavailable")
            : delivered(),
    });
    await h.journal.appendViews(events(1, 4));
    await h.start(h.spec("a", receiver));
    await until(() => h.journal.rowsOf("a").length === 1);
    expect(h.journal.cursorOf("a")).toBe(0);
    h.crash();
    const runtime = await h.start(h.spec("a", receiver));
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 4 && h.journal.rowsOf("a").length === 0);
    expect(receiver.arrivals.filter(({ id }) => id === "e3").map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(receiver.taken)).toEqual(new Set(ids(1, 4)));
    await runtime.close();
  });

  it("DLV-4: many rows above the cursor are all found", async () => {
    const h = createHarness();
    const log = await h.journal.open("a", "scripted");
    const views = events(1, 2500);
    await h.journal.appendViews(views);
    const row = { state: "dead", attempts: 1, firstAttemptAtMs: 1, dueAtMs: 1, code: "internal", message: "" } as const;
    await log.commit({
      cursor: 10,
      put: views.slice(20, 2490).map((view, index) => ({ ...row, sequence: index + 21, recordId: view.header.id })),
    });
    const receiver = createReceiver({ batch: true });
    const runtime = await h.start(h.spec("a", receiver, { window: window({ maxBatchRecords: 100, maxInFlightRecords: 1000 }) }));
    await runtime.settled();
    // Two batches may be under way at once.
    expect(receiver.taken.toSorted()).toEqual([...ids(11, 20), ...ids(2491, 2500)].toSorted());
    await runtime.close();
  });

  it("DLV-1, DLV-4, DLV-53: whatever fails and whenever it dies, each record reaches each destination or is a dead letter, and counts once", async () => {
    const codes = ["unavailable", "timeout", "throttled", "internal", "record_invalid", "access_denied"] as const;
    const fate = fc.oneof(
      { weight: 3, arbitrary: fc.constant("write" as const) },
      { weight: 2, arbitrary: fc.constant("io" as const) },
      fc.constantFrom("die_before" as const, "die_after" as const),
    );
    const step = fc.record({
      append: fc.integer({ min: 1, max: 12 }),
      seconds: fc.integer({ min: 0, max: 20 }),
      fates: fc.array(fate, { minLength: 4, maxLength: 12, size: "max" }),
      failures: fc.array(fc.option(fc.constantFrom(...codes), { freq: 2 }), { minLength: 8, maxLength: 30, size: "max" }),
      end: fc.constantFrom("go on", "crash", "drain"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6, size: "max" }), async (steps) => {
        const h = createHarness();
        const failures: (string | null)[] = [];
        const on = (): Outcome => {
          const code = codes.find((one) => one === failures.shift());
          return code === undefined ? delivered() : fail(code);
        };
        const [single, batch] = [createReceiver({ on }), createReceiver({ batch: true, on })];
        const counters: Counters = { script: { on }, shown: {}, made: 0 };
        const specs = () => {
          const { journal } = h;
          const retry = { ...retryPolicyFrom(undefined), maxAttempts: 3 };
          return [
            h.spec("single", single, { retry }),
            h.spec("batch", batch, { retry }),
            h.spec("counts", createReceiver(), { retry, create: bindIntegration(() => createCounting(counters, () => journal.alive), {}) }),
          ];
        };
        const boot = async () => {
          h.journal.onCommit = () => "write";
          return await h.start(...specs());
        };
        let runtime = await boot();
        let appended = 0;
        for (const { append, seconds, fates, failures: planned, end } of steps) {
          failures.splice(0, failures.length, ...planned);
          const rest = [...fates];
          h.journal.onCommit = (): CommitFate => {
            const next = rest.shift() ?? "write";
            return next === "io" ? new JournalError("io", "EIO") : next;
          };
          if (append > 0) await h.journal.appendViews(events(appended + 1, appended + append)).catch(() => undefined);
          appended += append;
          for (let second = 0; second < seconds; second += 1) await h.clock.advance(1000);
          await idle(5);
          if (end === "drain" && h.journal.alive) {
            let drained = false;
            void runtime.drain(1000).then(() => (drained = true));
            await untilLater(h.clock, () => drained, 60);
          }
          if (end !== "go on" || !h.journal.alive) {
            h.crash();
            runtime = await boot();
          }
        }
        failures.length = 0;
        h.journal.onCommit = () => "write";
        const head = h.journal.bounds().head;
        const settled = () => runtime.status().every(({ cursor, waiting }) => cursor === head && waiting === 0);
        await untilLater(h.clock, settled, 7200);
        for (const [name, receiver] of [
          ["single", single],
          ["batch", batch],
        ] as const) {
          const dead = h.journal.rowsOf(name).map(({ recordId }) => recordId);
          expect(new Set([...receiver.taken, ...dead])).toEqual(new Set(ids(1, head)));
        }
        const deadCounts = h.journal.rowsOf("counts").map(({ recordId }) => recordId);
        const expected = Object.fromEntries(
          ids(1, head)
            .filter((id) => !deadCounts.includes(id))
            .map((id) => [id, 1]),
        );
        await until(() => Object.keys(counters.shown).length === Object.keys(expected).length);
        expect(counters.shown).toEqual(expected);
        await runtime.close();
      }),
      { numRuns: Number(process.env["TAPIO_FUZZ_RUNS"] ?? 25) },
    );
  }, 60_000);
});
