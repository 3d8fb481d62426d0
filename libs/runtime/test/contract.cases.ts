import assert from "node:assert/strict";
import {
  bindIntegration,
  createRuntime,
  retryPolicyFrom,
  startFrom,
  windowPolicyFrom,
  type BoundIntegration,
  type DestinationSpec,
} from "@tapio/runtime";
import { createFakeClock, noopMeter, noopTracer, sampleViews, silentLogger, within, type ContractCase } from "@tapio/testing";
import { createFakeJournal } from "./fake-journal.ts";
import { createScripted, createReceiver, fail, hang } from "./scripted-integration.ts";

function spec(name: string, create: () => BoundIntegration): DestinationSpec {
  return {
    ...{ name, kind: "scripted", create, start: startFrom(undefined) },
    ...{ retry: retryPolicyFrom(undefined), window: windowPolicyFrom(undefined), configHash: "hash-1" },
  };
}

/** Golden checks of the public surface; they also run against the packed package. */
export const cases: readonly ContractCase[] = [
  {
    name: "records that are appended after start reach every destination, though one of them hangs for good",
    run: async () => {
      const clock = createFakeClock();
      const journal = createFakeJournal(clock);
      const receivers = [createReceiver(), createReceiver({ batch: true }), createReceiver({ on: () => fail("record_invalid") })];
      const runtime = createRuntime({
        journal,
        clock,
        logger: silentLogger,
        meter: noopMeter,
        tracer: noopTracer,
        random: () => 0.5,
        cursorPaceMs: 0,
        destinations: [
          ...receivers.map((receiver, index) =>
            spec(
              `d${index}`,
              bindIntegration(() => createScripted(receiver), {}),
            ),
          ),
          spec(
            "hangs",
            bindIntegration(() => createScripted(createReceiver({ on: hang })), {}),
          ),
        ],
      });
      await runtime.start();
      await journal.appendViews(sampleViews(3));
      void runtime.settled();
      const settled = async (): Promise<void> => {
        while (runtime.status().filter(({ cursor }) => cursor === 3).length < 3) await new Promise((resolve) => setImmediate(resolve));
      };
      await within(settled(), "three of four destinations");
      assert.deepEqual(
        receivers.map(({ taken }) => [...taken].sort()),
        [["record-1", "record-2", "record-3"], ["record-1", "record-2", "record-3"], []],
      );
      assert.deepEqual(
        journal.rowsOf("d2").map(({ state }) => state),
        ["dead", "dead", "dead"],
      );
      assert.equal(runtime.status().find(({ name }) => name === "hangs")?.inFlight, 3);
      await within(runtime.close(), "close");
      const report = await runtime.drain(1000);
      assert.equal(report.complete, false);
      assert.deepEqual(
        report.destinations.map(({ lag, unfinished }) => [lag, unfinished]),
        [
          [0, 0],
          [0, 0],
          [0, 0],
          [3, 3],
        ],
      );
    },
  },
  {
    name: "absent settings get the documented defaults",
    run: async () => {
      assert.deepEqual(retryPolicyFrom(undefined), {
        initialDelayMs: 1000,
        maxDelayMs: 300_000,
        multiplier: 2,
        maxAttempts: 20,
        maxAgeMs: 259_200_000,
      });
      const window = windowPolicyFrom(undefined);
      assert.deepEqual([window.maxBatchRecords, window.maxInFlightRecords, window.attemptTimeoutMs], [100, 1000, 60_000]);
      assert.deepEqual(startFrom(undefined), { at: "head" });
      await Promise.resolve();
    },
  },
];
