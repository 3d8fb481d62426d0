import { delivered, type Outcome } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { createHarness, events, idle, until } from "../../test/harness.ts";
import { createReceiver } from "../../test/scripted-integration.ts";

describe("logs of destinations that are not configured", () => {
  it("DLV-84: a look at them while a reload brings one back does not take its log away", async () => {
    const h = createHarness();
    const slow = Promise.withResolvers<Outcome>();
    const [old, back] = [createReceiver({ on: () => slow.promise }), createReceiver()];
    await h.journal.appendViews(events(1, 2));
    await h.journal.open("back", "scripted");
    const runtime = await h.start(h.spec("old", old));
    await until(() => old.arrivals.length > 0);
    const applying = runtime.apply([h.spec("back", back)]);
    await idle();
    const listed = await runtime.control.listDestinations();
    expect(listed.map(({ name }) => name).toSorted()).toEqual(["back", "old"]);
    slow.resolve(delivered());
    await applying;
    await runtime.settled();
    expect(back.taken).toEqual(["e1", "e2"]);
    expect(runtime.status()[0]).toMatchObject({ name: "back", state: "running" });
    await runtime.close();
  });
});
