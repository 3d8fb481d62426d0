import { create } from "@bufbuild/protobuf";
import {
  DeliveryState,
  DeliveryStateSchema,
  DiscardDeadLettersRequestSchema,
  SkipDestinationRequestSchema,
} from "@tapio/contracts/admin/v1/admin";
import { RecordFilterSchema, RecordKind } from "@tapio/contracts/domain/v1/record";
import { delivered, skipped } from "@tapio/integration-core";
import { JournalError } from "@tapio/journal";
import { sampleEvent, sampleFinding, sampleView } from "@tapio/testing";
import { expect, it } from "vitest";
import { createHarness, events, idle, until, untilLater } from "../../test/harness.ts";
import { createCounting, createReceiver, fail, hang, type Counters } from "../../test/scripted-integration.ts";
import { bindIntegration } from "../bound-integration.ts";
import type { Control } from "./control.ts";

/** Per destination: the verdict and the reason. */
async function verdicts(control: Control, id: string): Promise<Record<string, [string, string]>> {
  const { deliveries } = await control.explain(id);
  return Object.fromEntries(
    deliveries.map(({ destination, state, reason }) => [destination, [DeliveryStateSchema.value[state]?.localName ?? "", reason]]),
  );
}

it("DLV-100: says of one record what became of it at every destination, and why", async () => {
  const h = createHarness();
  const findings = create(RecordFilterSchema, { kinds: [RecordKind.FINDING] });
  const counters: Counters = { script: { on: () => delivered() }, shown: {}, made: 0 };
  await h.journal.appendViews(events(1, 1));
  const runtime = await h.start(
    h.spec("filtered", createReceiver(), { filter: findings }),
    h.spec("taken", createReceiver({ batch: true })),
    h.spec("passed", createReceiver({ on: () => skipped("nothing to do for it") })),
    h.spec("waits", createReceiver({ on: () => fail("unavailable") })),
    h.spec("dead", createReceiver({ on: () => fail("record_invalid") })),
    h.spec("busy", createReceiver({ on: hang })),
    h.spec("later", createReceiver(), { start: { at: "head" } }),
    h.spec("counts", createReceiver(), { create: bindIntegration(() => createCounting(counters), {}) }),
  );
  await until(() => runtime.status().filter(({ cursor }) => cursor === 1).length === 7);
  expect(await verdicts(runtime.control, "e1")).toEqual({
    filtered: ["SKIPPED", "filter: the kind is not finding"],
    taken: ["DELIVERED", "delivered at attempt 1"],
    passed: ["SKIPPED", "nothing to do for it"],
    waits: ["WAITING", "unavailable: scripted unavailable"],
    dead: ["DEAD", "record_invalid: scripted record_invalid"],
    busy: ["PENDING", "the cursor is at 0: it is in flight, or its turn has not come"],
    later: ["SKIPPED", "it came before the destination's start"],
    counts: ["DELIVERED", "delivered at attempt 1"],
  });
  const { record, deliveries } = await runtime.control.explain("e1");
  expect(record).toMatchObject({ sequence: 1n, record: { kind: { case: "event", value: { id: "e1" } } } });
  expect(deliveries.find(({ destination }) => destination === "waits")).toMatchObject({
    configHash: "hash-1",
    attempts: [{ number: 1, code: "unavailable", message: "scripted unavailable" }],
    nextAttemptTime: { seconds: BigInt(Math.floor((h.clock.now() + 1000) / 1000)) },
  });
  await runtime.close();
});

it("DLV-100: of a record that took several attempts says which one delivered it, and under which configuration", async () => {
  const h = createHarness();
  const receiver = createReceiver({ on: ({ attempt }) => (attempt < 3 ? fail("timeout") : delivered()) });
  await h.journal.appendViews(events(1, 1));
  const runtime = await h.start(h.spec("a", receiver, { configHash: "hash-9" }));
  await untilLater(h.clock, () => runtime.status()[0]?.waiting === 0 && receiver.taken.length === 1);
  await idle();
  const { deliveries } = await runtime.control.explain("e1");
  expect(deliveries).toMatchObject([{ state: DeliveryState.DELIVERED, reason: "delivered at attempt 3", configHash: "hash-9" }]);
  await runtime.close();
});

it("DLV-100: tells the records of one commit apart: filtered, skipped, delivered, held", async () => {
  const h = createHarness();
  const filter = create(RecordFilterSchema, { kinds: [RecordKind.EVENT] });
  const receiver = createReceiver({
    batch: true,
    on: ({ id }) => (id === "e4" ? fail("record_invalid") : id === "e5" ? skipped("no") : delivered()),
  });
  const finding = (id: string) => sampleView(sampleFinding({ id }));
  await h.journal.appendViews([
    ...events(1, 1),
    ...[finding("f2"), finding("f3")],
    ...events(4, 5),
    ...[finding("f6"), sampleView(sampleEvent({ id: "e7" }))],
  ]);
  const runtime = await h.start(h.spec("a", receiver, { filter }));
  await runtime.settled();
  const found = await Promise.all(["e1", "f2", "f3", "e4", "e5", "f6", "e7"].map((id) => verdicts(runtime.control, id)));
  expect(found.map(({ a }) => a?.[0])).toEqual(["DELIVERED", "SKIPPED", "SKIPPED", "DEAD", "SKIPPED", "SKIPPED", "DELIVERED"]);
  await runtime.close();
});

it("DLV-100: of a record in a range that was given up, of a discarded one, and of one that was removed from the journal", async () => {
  const h = createHarness();
  const receiver = createReceiver({ on: ({ id }) => (id === "e1" || id === "e2" ? fail("record_invalid") : delivered()) });
  await h.journal.appendViews(events(1, 3));
  const runtime = await h.start(h.spec("a", receiver));
  await runtime.settled();
  const { control } = runtime;
  await control.discardDeadLetters(create(DiscardDeadLettersRequestSchema, { selector: { ids: ["e1"] } }));
  await control.pauseDestination("a");
  await h.journal.appendViews(events(4, 6));
  await control.skipDestination(create(SkipDestinationRequestSchema, { name: "a", to: { at: { case: "afterSequence", value: 5n } } }));
  expect(await verdicts(control, "e1")).toEqual({ a: ["DEAD", "given up after attempt 1, and discarded by an operator"] });
  expect(await verdicts(control, "e5")).toEqual({ a: ["DEAD", "in the range 4 to 5, which was given up: skipped by an operator"] });
  expect((await verdicts(control, "e6"))["a"]?.[0]).toBe("PENDING");
  await h.journal.trimTo(2);
  const { record, deliveries } = await control.explain("e2");
  expect(record).toBeUndefined();
  expect(deliveries).toMatchObject([{ destination: "a", state: DeliveryState.DEAD }]);
  await expect(control.explain("e1")).rejects.toThrow('no record "e1" is in the journal');
  await runtime.close();
});

it("DLV-100: of a record that was given up at a destination which is not configured any more", async () => {
  const h = createHarness();
  await h.journal.appendViews(events(1, 1));
  const first = await h.start(h.spec("old", createReceiver({ on: () => fail("record_invalid") })));
  await first.settled();
  await first.close();
  h.crash();
  const second = await h.start(h.spec("new", createReceiver()));
  await second.settled();
  expect(await verdicts(second.control, "e1")).toEqual({
    new: ["DELIVERED", "delivered at attempt 1"],
    old: ["DEAD", "record_invalid: scripted record_invalid"],
  });
  await second.close();
});

it("DLV-100: of a record that the journal cannot read any more, without the record; a medium that fails otherwise is a failure", async () => {
  const h = createHarness();
  await h.journal.appendViews(events(1, 2));
  const runtime = await h.start(h.spec("a", createReceiver()));
  await runtime.settled();
  const failure = (damaged?: { from: number; to: number }) => new JournalError("corrupt", "it is damaged", undefined, damaged);
  h.journal.get = () => Promise.reject(failure({ from: 1, to: 1 }));
  const { record, deliveries } = await runtime.control.explain("e1");
  expect([record, deliveries]).toMatchObject([undefined, [{ destination: "a", state: DeliveryState.DELIVERED }]]);
  h.journal.get = () => Promise.reject(failure());
  await expect(runtime.control.explain("e1")).rejects.toThrow("it is damaged");
  await runtime.close();
});

it("DLV-100: of a destination whose log is not open yet says so", async () => {
  const h = createHarness();
  await h.journal.appendViews(events(1, 1));
  const runtime = await h.start(h.spec("a", createReceiver()));
  await runtime.settled();
  const { open } = h.journal;
  const held = Promise.withResolvers<undefined>();
  h.journal.open = async (...args) => {
    await held.promise;
    return await open(...args);
  };
  const applied = runtime.apply([h.spec("a", createReceiver()), h.spec("b", createReceiver())]);
  await until(() => runtime.status().length === 2);
  expect(await verdicts(runtime.control, "e1")).toEqual({
    a: ["DELIVERED", "delivered at attempt 1"],
    b: ["UNSPECIFIED", "its log is not open, the destination is starting"],
  });
  held.resolve(undefined);
  await applied;
  await runtime.close();
});
