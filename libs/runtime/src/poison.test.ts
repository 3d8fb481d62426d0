import { delivered } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, until } from "../test/harness.ts";
import { createReceiver, fail } from "../test/scripted-integration.ts";

describe("a record for which the receiver always fails", () => {
  it("DLV-22: does not hold up the others, although it alone opened the breaker", { timeout: 20_000 }, async () => {
    const h = createHarness();
    const receiver = createReceiver({ batch: true, on: ({ id }) => (id === "e1" ? fail("unavailable") : delivered()) });
    await h.journal.appendViews(events(1, 1));
    const runtime = await h.start(h.spec("a", receiver));
    const advanceUntil = async (condition: () => boolean): Promise<void> => {
      for (let step = 0; step < 2_000 && !condition(); step++) {
        await h.clock.advance(1_000);
        await idle();
      }
      expect(condition()).toBe(true);
    };
    await advanceUntil(() => runtime.status()[0]?.breaker === "open");
    for (const n of [2, 3, 4]) {
      await h.journal.appendViews(events(n, n));
      await advanceUntil(() => receiver.taken.includes(`e${n}`));
    }
    await until(() => runtime.status()[0]?.cursor === 4);
    expect(h.journal.rowsOf("a")).toMatchObject([{ recordId: "e1", state: "waiting" }]);
    await runtime.close();
  });
});
