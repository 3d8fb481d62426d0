import { delivered, type Outcome } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { createHarness, events } from "../test/harness.ts";
import { createReceiver } from "../test/scripted-integration.ts";

describe("a receiver that takes a request in part", () => {
  it("DLV-20: of two requests that were taken in part, each has one dead letter, one warning, and counts once", async () => {
    const h = createHarness();
    const [old, big] = [delivered({ rejected: 1, message: "too old" }), delivered({ rejected: 2, message: "too big" })];
    const outcomes: Record<string, Outcome> = { e1: delivered(), e2: old, e3: big, e4: big, e5: delivered({ rejected: 0, message: "" }) };
    const receiver = createReceiver({ batch: true, on: ({ id }) => outcomes[id] ?? delivered() });
    await h.journal.appendViews(events(1, 5));
    const runtime = await h.start(h.spec("a", receiver));
    await runtime.settled();
    expect(h.journal.rowsOf("a")).toMatchObject([
      {
        state: "dead",
        recordId: "e2",
        code: "record_invalid",
        attempts: 1,
        message: expect.stringContaining("rejected 1 of a request of 1"),
      },
      {
        state: "dead",
        recordId: "e3",
        code: "record_invalid",
        attempts: 1,
        message: expect.stringMatching(/2 of a request of 2 .*: too big$/),
      },
    ]);
    const records = (outcome: string) => h.meter.value("tapio_delivery_records_total", { destination: "a", outcome });
    expect([records("delivered"), records("dead")]).toEqual([3, 2]);
    expect(h.meter.value("tapio_delivery_partial_rejections_total", { destination: "a" })).toBe(3);
    const warnings = h.logger.entries.filter(({ level }) => level === "warn").map(({ fields }) => fields);
    expect(warnings).toEqual([
      { destination: "a", rejected: 1, records: 1, receiver_message: "too old" },
      { destination: "a", rejected: 2, records: 2, receiver_message: "too big" },
    ]);
    await runtime.close();
  });
});
