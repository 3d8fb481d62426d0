import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecordView } from "@tapio/domain";
import {
  bindIntegration,
  createRuntime,
  retryPolicyFrom,
  windowPolicyFrom,
  type DestinationSpec,
  type Runtime,
  type WindowPolicy,
} from "@tapio/runtime";
import {
  createFakeClock,
  createRecordingMeter,
  noopTracer,
  recordingLogger,
  sampleEvent,
  sampleView,
  type FakeClock,
  type RecordingLogger,
  type RecordingMeter,
} from "@tapio/testing";
import { createFakeJournal, type FakeJournal } from "./fake-journal.ts";
import { createScripted, type Receiver } from "./scripted-integration.ts";

/** One gateway process: a runtime on a journal, with time that stands still. */
export interface Harness {
  readonly clock: FakeClock;
  readonly meter: RecordingMeter;
  readonly logger: RecordingLogger;
  journal: FakeJournal;
  /** Makes a runtime for the destinations and starts it. */
  start(...destinations: readonly DestinationSpec[]): Promise<Runtime>;
  /** A destination of a scripted integration that dies with the journal's process; starts at the beginning. */
  spec(name: string, receiver: Receiver, overrides?: Partial<DestinationSpec>): DestinationSpec;
  /** Kills the process and gives the next one its journal. */
  crash(): void;
}

export function createHarness(): Harness {
  const clock = createFakeClock();
  const meter = createRecordingMeter();
  const logger = recordingLogger();
  const harness: Harness = {
    clock,
    meter,
    logger,
    journal: createFakeJournal(clock),
    async start(...destinations) {
      const runtime = createRuntime({
        ...{ journal: harness.journal, clock, logger, meter, tracer: noopTracer, random: () => 0, destinations },
        // Time stands still.
        cursorPaceMs: 0,
      });
      await runtime.start();
      return runtime;
    },
    spec(name, receiver, overrides = {}) {
      const { journal } = harness;
      const create = bindIntegration(() => createScripted(receiver, () => journal.alive), {});
      return {
        name,
        kind: "scripted",
        start: { at: "beginning" },
        retry: retryPolicyFrom(undefined),
        window: window(),
        configHash: "hash-1",
        create,
        ...overrides,
      };
    },
    crash() {
      harness.journal = harness.journal.reopen();
    },
  };
  return harness;
}

/** Small batches, so that a few records make several. */
export function window(overrides: Partial<WindowPolicy> = {}): WindowPolicy {
  return { ...windowPolicyFrom(undefined), maxBatchRecords: 4, maxInFlightRecords: 16, ...overrides };
}

/** Events `e<from>` ... `e<to>`. */
export function events(from: number, to: number): RecordView[] {
  return Array.from({ length: to - from + 1 }, (_, index) => sampleView(sampleEvent({ id: `e${from + index}` })));
}

export function ids(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `e${from + index}`);
}

/** Lets everything run that needs no time, until the condition holds. */
export async function until(condition: () => boolean, what = String(condition)): Promise<void> {
  for (let turn = 0; turn < 2000; turn += 1) {
    if (condition()) return;
    await nextTurn();
  }
  throw new Error(`never came true: ${what}`);
}

/** Moves time, second by second, until the condition holds. */
export async function untilLater(clock: FakeClock, condition: () => boolean, secondsMax = 3600): Promise<void> {
  for (let second = 0; second <= secondsMax; second += 1) {
    await idle(8);
    if (condition()) return;
    await clock.advance(1000);
  }
  throw new Error(`did not come true within ${secondsMax} s: ${String(condition)}`);
}

/** Lets everything run that needs no time. */
export async function idle(turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await nextTurn();
}
