import { create } from "@bufbuild/protobuf";
import { DeadLetterSelectorSchema, DiscardDeadLettersRequestSchema, ReplayDeadLettersRequestSchema } from "@tapio/contracts/admin/v1/admin";
import { delivered } from "@tapio/integration-core";
import { expect, it } from "vitest";
import type { CommitFate } from "../../test/fake-journal.ts";
import { createHarness, events, idle, until, untilLater } from "../../test/harness.ts";
import { createCounting, createReceiver, fail, type Counters } from "../../test/scripted-integration.ts";
import { bindIntegration } from "../bound-integration.ts";

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

it.each([
  ["stateless", "a"],
  ["with state of its own", "counts"],
])("DLV-75: what was discarded stays so when the commit that made it, written although it failed, is tried again: %s", async (_, name) => {
  const h = createHarness();
  const script = { on: () => fail("record_invalid") };
  const counters: Counters = { script, shown: {}, made: 0 };
  const spec =
    name === "a"
      ? h.spec("a", createReceiver(script))
      : { ...h.spec(name, createReceiver()), create: bindIntegration(() => createCounting(counters), {}) };
  const runtime = await h.start(spec);
  const fates: CommitFate[] = ["write_and_fail"];
  h.journal.onCommit = (_, { remove }) => {
    // The second try begins while the discard is being written, and is written behind it.
    if (remove !== undefined) void h.clock.advance(1000);
    return fates.shift() ?? "write";
  };
  await h.journal.appendViews(events(1, 1));
  await until(() => h.journal.rowsOf(name).length === 1);
  await idle();
  const request = create(DiscardDeadLettersRequestSchema, { selector: create(DeadLetterSelectorSchema, { destination: name }) });
  expect(await runtime.control.discardDeadLetters(request)).toMatchObject({ discarded: 1n });
  expect(runtime.status()[0]).toMatchObject({ dead: 0 });
  // The next commit shows that the second try went through.
  await h.journal.appendViews(events(2, 2));
  await untilLater(h.clock, () => h.journal.cursorOf(name) === 2, 120);
  expect(h.journal.rowsOf(name).map(({ sequence }) => sequence)).toEqual([2]);
  expect(runtime.status()[0]).toMatchObject({ dead: 1 });
  await runtime.close();
});

it("DLV-75: what was replayed stays so when the commit that made it a dead letter, written although it failed, is tried again meanwhile", async () => {
  const h = createHarness();
  let refusing = true;
  const receiver = createReceiver({ on: () => (refusing ? fail("record_invalid") : delivered()) });
  const runtime = await h.start(h.spec("a", receiver));
  const fates: CommitFate[] = ["write_and_fail"];
  h.journal.onCommit = (_, { put }) => {
    if (put?.[0]?.state === "waiting") void h.clock.advance(1000);
    return fates.shift() ?? "write";
  };
  await h.journal.appendViews(events(1, 1));
  await until(() => h.journal.rowsOf("a").length === 1);
  await idle();
  refusing = false;
  const request = create(ReplayDeadLettersRequestSchema, { selector: create(DeadLetterSelectorSchema, { destination: "a" }) });
  expect(await runtime.control.replayDeadLetters(request)).toMatchObject({ replayed: 1n });
  expect(runtime.status()[0]).toMatchObject({ dead: 0 });
  await untilLater(h.clock, () => h.journal.rowsOf("a").length === 0, 120);
  expect(receiver.taken).toEqual(["e1"]);
  expect(runtime.status()[0]).toMatchObject({ dead: 0, waiting: 0 });
  await runtime.close();
});
