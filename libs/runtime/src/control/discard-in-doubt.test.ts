import { create } from "@bufbuild/protobuf";
import { DeadLetterSelectorSchema, DiscardDeadLettersRequestSchema } from "@tapio/contracts/admin/v1/admin";
import { expect, it } from "vitest";
import type { CommitFate } from "../../test/fake-journal.ts";
import { createHarness, events, untilLater } from "../../test/harness.ts";
import { createReceiver, fail } from "../../test/scripted-integration.ts";

it("a discard whose write failed, and is there all the same, is counted once", async () => {
  const h = createHarness();
  await h.journal.appendViews(events(1, 2));
  const runtime = await h.start(h.spec("a", createReceiver({ on: () => fail("record_invalid") })));
  await runtime.settled();
  const fates: CommitFate[] = ["write_and_fail"];
  h.journal.onCommit = () => fates.shift() ?? "write";
  const request = create(DiscardDeadLettersRequestSchema, { selector: create(DeadLetterSelectorSchema, { destination: "a" }) });
  let discarded: bigint | undefined;
  void runtime.control.discardDeadLetters(request).then((response) => (discarded = response.discarded));
  await untilLater(h.clock, () => discarded !== undefined, 60);
  expect([discarded, h.journal.rowsOf("a"), runtime.status()[0]?.dead]).toEqual([2n, [], 0]);
  await runtime.close();
});
