import { create } from "@bufbuild/protobuf";
import { SkipDestinationRequestSchema } from "@tapio/contracts/admin/v1/admin";
import { delivered } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { createHarness, events, ids, until, untilLater } from "../test/harness.ts";
import { createReceiver, fail } from "../test/scripted-integration.ts";

const skipTo = (sequence: number) =>
  create(SkipDestinationRequestSchema, { name: "a", to: { at: { case: "afterSequence", value: BigInt(sequence) } } });

describe("what an operator does between two sessions", () => {
  it("DLV-1: skipping a destination that was disabled is not undone by what its session had still to write", async () => {
    const h = createHarness();
    const receiver = createReceiver({ on: ({ id }) => (id === "e2" && receiver.made === 1 ? fail("gone") : delivered()) });
    await h.journal.appendViews(events(1, 3));
    const runtime = await h.start(h.spec("a", receiver));
    await until(() => runtime.status()[0]?.state === "disabled" && receiver.taken.length === 2);
    await h.journal.appendViews(events(4, 9));
    await runtime.control.skipDestination(skipTo(8));
    const listed = h.journal.rowsOf("a").map(({ sequence, through, state }) => [sequence, through, state]);
    expect(listed).toEqual([
      [2, undefined, "waiting"],
      [4, 8, "dead"],
    ]);
    await runtime.control.resumeDestination("a");
    await untilLater(h.clock, () => h.journal.cursorOf("a") === 9 && h.journal.rowsOf("a").length === 1);
    expect(receiver.taken.toSorted()).toEqual([...ids(1, 3), "e9"]);
    expect(runtime.status()).toMatchObject([{ dead: 1, waiting: 0 }]);
    await runtime.close();
  });

  it("a destination that drains goes on draining after a skip and after a reload, and is paused in the end", async () => {
    const h = createHarness();
    let isUp = false;
    const receiver = createReceiver({ on: () => (isUp ? delivered() : fail("unavailable")) });
    await h.journal.appendViews(events(1, 2));
    const runtime = await h.start(h.spec("a", receiver));
    await untilLater(h.clock, () => h.journal.rowsOf("a").length === 2);
    await runtime.control.drainDestination("a");
    await runtime.control.skipDestination(skipTo(2));
    await runtime.apply([h.spec("a", receiver, { configHash: "hash-2" })]);
    await until(() => runtime.status()[0]?.state === "draining");
    isUp = true;
    await untilLater(h.clock, () => runtime.status()[0]?.state === "paused");
    expect(receiver.taken).toEqual(ids(1, 2));
    await runtime.close();
  });
});
