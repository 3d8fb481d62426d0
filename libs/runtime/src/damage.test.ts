import { JournalError } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { createHarness, events, untilLater, type Harness } from "../test/harness.ts";
import { createCounting, createReceiver, fail, type Counters } from "../test/scripted-integration.ts";
import { bindIntegration } from "./bound-integration.ts";

const why = "what is stored at sequence 3 is not what was written";

/** Records 3 and 4 of the journal cannot be read any more. */
function damage(h: Harness, code: "corrupt" | "io" = "corrupt"): void {
  const { journal } = h;
  const { read, get } = journal;
  const error = new JournalError(code, why, undefined, { from: 3, to: 4 });
  journal.read = async (after, limit) => {
    if (after === 2 || after === 3) throw error;
    const records = await read(after, limit);
    return after > 3 ? records : records.filter(({ sequence }) => sequence < 3);
  };
  journal.get = async (sequence) => {
    if (sequence === 3 || sequence === 4) throw error;
    return await get(sequence);
  };
}

describe("records that cannot be read from the journal", () => {
  it.each(["corrupt", "io"] as const)("DLV-15: are one dead letter that holds up nothing (%s)", async (code) => {
    const h = createHarness();
    const receiver = createReceiver({
      on: ({ id, attempt }) => (id === "e2" && attempt < 3 ? fail("unavailable") : { kind: "delivered" }),
    });
    await h.journal.appendViews(events(1, 6));
    damage(h, code);
    const runtime = await h.start(h.spec("a", receiver));
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 6 && receiver.taken.includes("e2"), 240);
    expect(receiver.taken.toSorted()).toEqual(["e1", "e2", "e5", "e6"]);
    expect(h.journal.rowsOf("a")).toMatchObject([{ sequence: 3, through: 4, state: "dead", code: "damaged", message: why }]);
    expect(runtime.status()[0]).toMatchObject({ state: "running", dead: 1, lag: 0 });
    await runtime.close();
  });

  it("DLV-15, DLV-53: are one dead letter for a destination with state of its own, and count nowhere", async () => {
    const h = createHarness();
    const counters: Counters = { script: {}, shown: {}, made: 0 };
    await h.journal.appendViews(events(1, 6));
    damage(h);
    const runtime = await h.start({ ...h.spec("a", createReceiver()), create: bindIntegration(() => createCounting(counters), {}) });
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 6, 60);
    expect(counters.shown).toEqual({ e1: 1, e2: 1, e5: 1, e6: 1 });
    expect(h.journal.rowsOf("a")).toMatchObject([{ sequence: 3, through: 4, state: "dead", code: "damaged" }]);
    await runtime.close();
  });

  it("DLV-15, DLV-112: a parked record that cannot be read any more holds up no other row", async () => {
    const h = createHarness();
    const receiver = createReceiver();
    await h.journal.appendViews(events(1, 6));
    const log = await h.journal.open("a", "scripted");
    const row = { attempts: 0, firstAttemptAtMs: 0, dueAtMs: 0, code: "parked", message: "" } as const;
    await log.commit({
      cursor: 6,
      put: [3, 5].map((sequence) => ({ ...row, sequence, recordId: `e${sequence}`, state: "parked", key: `k${sequence}` }) as const),
    });
    damage(h);
    const runtime = await h.start(h.spec("a", receiver, { ordering: { by: "key", expression: "" } }));
    await untilLater(h.clock, () => receiver.taken.length === 1, 60);
    expect(receiver.taken).toEqual(["e5"]);
    await untilLater(h.clock, () => h.journal.rowsOf("a").length === 1, 60);
    expect(h.journal.rowsOf("a")).toMatchObject([{ sequence: 3, state: "dead", code: "record_invalid", message: why }]);
    await runtime.close();
  });
});
