import type { BoundIntegration } from "../bound-integration.ts";
import type { Delivering, DestinationContext } from "../destination-context.ts";
import type { MachineEffect, MachineEvent } from "../machine/events.ts";
import { handle, isFinished } from "../machine/handle.ts";
import { addRow, blockedBy, createMachineState, type MachineState } from "../machine/machine-state.ts";
import { createAlarm } from "./alarm.ts";
import { createErrands, type Errands } from "./errands.ts";

/** A batch says more of a receiver than a single record does. */
const failuresToOpen = { batches: 5, records: 20 };
/** A destination that is quick settles something at every moment, and a write for each would cost the journal more than its records do. */
const defaultCursorPaceMs = 10;
const breakerTimes = { firstProbeDelayMs: 1000, maxProbeDelayMs: 60_000, recoveredAtRecords: 128 };

/** Runs a destination's machine: what happens is handed to it, and what it asks for is done. New records and waiting rows go side by side. */
export function createStatelessDelivery(context: DestinationContext, integration: BoundIntegration): Delivering {
  const { clock, halt } = context;
  const machine = machineOf(context, integration);
  const over = Promise.withResolvers<"halted" | "drained">();
  const written = Promise.withResolvers<void>();
  const alarm = createAlarm(clock, () => dispatch({ kind: "tick" }));
  let isDrained = false;

  function dispatch(event: MachineEvent): void {
    for (const effect of handle(machine, event, clock.now())) perform(effect);
    errands.report(machine.tally);
    if (machine.isHalted) alarm.off();
    else alarm.setFor(machine.wakeAtMs);
    if (machine.isHalted && machine.inFlightAttempts === 0) over.resolve(isDrained ? "drained" : "halted");
    if (isFinished(machine)) written.resolve();
  }
  const errands: Errands = createErrands({ ...context, integration, dispatch });
  function perform(effect: MachineEffect): void {
    if (effect.kind === "drained") isDrained = true;
    errands.run(effect);
  }

  return {
    get inFlight() {
      return machine.inFlightRecords;
    },
    get breaker() {
      return machine.breaker;
    },
    get waiting() {
      return machine.held.waiting;
    },
    get parked() {
      return machine.held.parked;
    },
    get nextDueAtMs() {
      return machine.held.nextDueAtMs();
    },
    get blocked() {
      return blockedBy(machine);
    },
    hold: (isHeld) => dispatch({ kind: "hold", isHeld }),
    rowsAdded: (rows) => dispatch({ kind: "rows_added", rows }),
    drainTo: (sequence) => dispatch({ kind: "drain_to", sequence }),
    async run() {
      const onHalt = (): void => dispatch({ kind: "halt" });
      halt.addEventListener("abort", onHalt, { once: true });
      dispatch({ kind: halt.aborted ? "halt" : "tick" });
      return await over.promise;
    },
    async finish() {
      const unfinished = machine.unfinished + machine.ready.length;
      dispatch({ kind: "finish" });
      await written.promise;
      return unfinished;
    },
  };
}

function machineOf(context: DestinationContext, integration: BoundIntegration): MachineState {
  const { name, isOrdered, retry, window, configHash, cursor, above, judge, random, rows, clock, journal } = context;
  const { cursorPaceMs = defaultCursorPaceMs } = context;
  const isBatching = integration.processBatch !== undefined;
  const machine = createMachineState({
    ...{ name, isBatching, isOrdered, retry, window, configHash, above, judge, random, cursor, cursorPaceMs },
    breaker: { ...breakerTimes, failuresToOpen: isBatching ? failuresToOpen.batches : failuresToOpen.records },
  });
  machine.breaker = context.breaker;
  for (const { sequence, key, state, dueAtMs, code } of rows) {
    if (state === "dead") continue;
    // Whoever mends a token starts the destination again.
    const isReleased = (context.isImpatient || code === "access_denied") && state === "waiting";
    addRow(machine, { sequence, key, state, dueAtMs: isReleased ? clock.now() : dueAtMs }, journal.bounds().head);
  }
  return machine;
}
