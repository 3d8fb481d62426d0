import { delivered, failed, IntegrationError, skipped, type Outcome } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { createHarness, events, until } from "../test/harness.ts";
import { createReceiver, createScripted, fail } from "../test/scripted-integration.ts";
import { bindIntegration } from "./bound-integration.ts";
import { checkedOutcomes } from "./checked-outcomes.ts";

const check = { count: 2, integration: "x" };

describe("DLV-25: what an integration answers is checked", () => {
  it("gives good outcomes as they are", () => {
    const good = [delivered({ rejected: 1, message: "old" }), skipped("no")];
    expect(checkedOutcomes(good, check)).toBe(good);
    expect(checkedOutcomes([fail("gone"), delivered()], check)).toMatchObject([{ error: { code: "gone" } }, { kind: "delivered" }]);
  });

  it("takes an error of another copy of the package by its shape", () => {
    const error = { name: "IntegrationError", code: "gone", message: "no", integration: "x", operation: "y", retryAfterMs: undefined };
    expect(checkedOutcomes([{ kind: "failed", error }, delivered()], check)).toMatchObject([{ error }, {}]);
  });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "it gave undefined for 2 records"],
    ["a text", "ok", "it gave a text for 2 records"],
    ["too few", [delivered()], "it gave 1 outcomes for 2 records"],
  ])("%s in place of the outcomes is internal for all", (_name, answer, message) => {
    const outcomes = checkedOutcomes(answer, check);
    expect(outcomes).toHaveLength(2);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ error: { code: "internal", message: expect.stringContaining(message) } });
  });

  it.each<[string, unknown]>([
    ["a hole", undefined],
    ["null", null],
    ["a number", 7],
    ["an object", {}],
    ["an unknown kind", { kind: "ok" }],
    ["a failure without an error", { kind: "failed" }],
    ["a failure with a plain object", { kind: "failed", error: {} }],
    ["a failure with an Error", { kind: "failed", error: new Error("no") }],
    ["an error with an unknown code", failed(new IntegrationError({ ...check, operation: "y", code: "odd" as "gone", message: "no" }))],
    ["a partial delivery without words", { kind: "delivered", partial: {} }],
    ["a skip without a reason", { kind: "skipped" }],
  ])("%s in place of one outcome is internal for that one", (_name, answer) => {
    const sparse: unknown[] = [];
    sparse[1] = delivered();
    if (answer !== undefined) sparse[0] = answer;
    expect(checkedOutcomes(sparse, check)).toMatchObject([{ kind: "failed", error: { code: "internal" } }, { kind: "delivered" }]);
  });
});

describe("DLV-40: a malformed answer harms nobody else", () => {
  it.each<[string, boolean, (count: number) => unknown]>([
    ["a batch gives nothing", true, () => undefined],
    ["a batch gives holes", true, (count) => new Array<Outcome>(count)],
    ["a batch gives unknown kinds", true, (count) => Array.from({ length: count }, () => ({ kind: "ok" }))],
    ["a single record gives nothing", false, () => undefined],
    ["a single record fails without an error", false, () => ({ kind: "failed", error: {} })],
    [
      "an outcome throws when it is looked at",
      false,
      () =>
        Object.defineProperty({}, "kind", {
          get: () => {
            throw new Error("odd");
          },
        }),
    ],
  ])("%s", async (_name, batch, answer) => {
    const h = createHarness();
    const create = bindIntegration(() => {
      const made = createScripted(createReceiver({ batch }));
      if (!batch) return { ...made, processEvent: () => Promise.resolve(answer(1) as Outcome) };
      return { ...made, processBatch: (records: readonly unknown[]) => Promise.resolve(answer(records.length) as Outcome[]) };
    }, {});
    const receiver = createReceiver({ batch: true });
    await h.journal.appendViews(events(1, 4));
    const runtime = await h.start(h.spec("bad", receiver, { create }), h.spec("good", receiver));
    await until(() => receiver.taken.length === 4 && h.journal.rowsOf("bad").length === 4 && runtime.status()[0]?.inFlight === 0);
    expect(h.journal.rowsOf("bad").map(({ state, code, attempts }) => [state, code, attempts])).toEqual(
      Array.from({ length: 4 }, () => ["waiting", "internal", 1]),
    );
    expect(runtime.status()).toMatchObject([
      { state: "running", cursor: 4 },
      { state: "running", cursor: 4 },
    ]);
    await runtime.close();
  });

  it("a bug of the runtime itself disables that destination and frees its room", async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true });
    const broken = createReceiver({ batch: true });
    const { retry, ...rest } = h.spec("bad", broken);
    const trap = {
      ...retry,
      get maxAttempts(): number {
        throw new Error("a trap");
      },
    };
    broken.script.on = () => fail("unavailable");
    await h.journal.appendViews(events(1, 4));
    const runtime = await h.start({ ...rest, retry: trap }, h.spec("good", receiver));
    await until(() => receiver.taken.length === 4 && runtime.status()[0]?.state === "disabled");
    expect(runtime.status()[0]).toMatchObject({ cursor: 0, inFlight: 0, reason: expect.stringContaining("which is a bug: a trap") });
    await runtime.close();
  });
});
