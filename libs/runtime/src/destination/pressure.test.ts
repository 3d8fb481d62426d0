import { JournalError } from "@tapio/journal";
import { expect, it } from "vitest";
import { createHarness, events, ids, until, untilLater } from "../../test/harness.ts";
import { createReceiver } from "../../test/scripted-integration.ts";

it("DLV-84, DLV-91: a destination that would detach is left in peace while nothing can be written: it delivers nothing again and again", async () => {
  const h = createHarness();
  const receiver = createReceiver();
  const first = events(1, 1);
  const bytesMax = 2 * (first[0]?.bytes.length ?? 0);
  await h.journal.appendViews(first);
  const runtime = await h.start(h.spec("a", receiver, { backlog: { bytesMax, ageMsMax: Infinity, onFull: "detach" } }));
  await runtime.settled();
  let isFull = true;
  h.journal.onCommit = () => (isFull ? new JournalError("full", "no room") : "write");
  await h.journal.appendViews(events(2, 4));
  await until(() => receiver.taken.length > 1);
  for (let second = 0; second < 20; second += 1) await h.clock.advance(1000);
  expect(receiver.made).toBe(1);
  isFull = false;
  await untilLater(h.clock, () => h.journal.cursorOf("a") === 4, 60);
  expect(receiver.taken).toEqual(ids(1, 4));
  await runtime.close();
});
