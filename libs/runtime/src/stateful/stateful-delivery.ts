import type { BoundIntegration } from "../bound-integration.ts";
import { closedBreaker } from "../breaker.ts";
import { journalTrouble, type Delivering, type DestinationContext } from "../destination-context.ts";
import { createIntake } from "../intake.ts";
import { runStatefulLoop } from "./stateful-loop.ts";
import type { StatefulScope } from "./stateful-scope.ts";

/** Applies records in order to an integration that has state of its own. */
export function createStatefulDelivery(context: DestinationContext, first: BoundIntegration): Delivering {
  const progress = { inFlight: 0 };
  const scope = scopeOf(context, first, progress);
  return {
    get inFlight() {
      return progress.inFlight;
    },
    breaker: closedBreaker,
    waiting: 0,
    parked: 0,
    nextDueAtMs: undefined,
    blocked: undefined,
    hold() {
      // One batch at a time: the next one waits for the commit anyway.
    },
    rowsAdded() {
      // Without retry rows nothing is replayed here: see dead-letters.
    },
    drainTo: (sequence) => scope.intake.endAfter(sequence),
    run: () => runStatefulLoop(scope),
    finish: () => Promise.resolve(0),
  };
}

function scopeOf(context: DestinationContext, first: BoundIntegration, progress: { inFlight: number }): StatefulScope {
  const { clock, condition, host, ledger } = context;
  let opened: BoundIntegration | undefined = first;
  const intake = createIntake({
    destination: context.name,
    reader: context.reader,
    journal: context.journal,
    clock,
    position: ledger.cursor,
    random: context.random,
    judge: context.judge,
    above: context.above,
    onFailing: (reason) => condition.journal("read", journalTrouble("reading the journal", reason)),
    onDamaged(damage) {
      if (ledger.cursor >= intake.position) context.onDamaged(damage);
    },
  });
  return {
    ...context,
    intake,
    committed: () => ({ cursor: ledger.cursor, state: ledger.state }),
    async open(state) {
      const ready = ledger.cursor === context.cursor ? opened : undefined;
      // Made from what was committed before a commit landed that nobody waited for any more.
      if (opened !== undefined && ready === undefined) await host.close();
      opened = undefined;
      return ready ?? (await host.open(state, context.halt));
    },
    close: () => host.close(),
    onApplying(records) {
      progress.inFlight = records;
    },
    onCommitted: (change) => ledger.committed(change),
    noteError: (code, message) => condition.noteError(code, message),
    onFailing(error) {
      if (error === undefined) return condition.work("running");
      condition.noteError(error.code, error.message);
      condition.work("backing_off", error.message);
    },
  };
}
