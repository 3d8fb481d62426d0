import type { DeliveryRow } from "@tapio/journal";
import type { BoundIntegration } from "./bound-integration.ts";
import { journalTrouble, unreadableRow, type Delivering, type DestinationContext } from "./destination-context.ts";
import { createIntake } from "./intake.ts";
import { commitDurably, runStatefulLoop, type StatefulScope } from "./stateful-loop.ts";

/** Applies records in order to an integration that has state of its own. */
export function createStatefulDelivery(context: DestinationContext, first: BoundIntegration): Delivering {
  const { clock, condition, host, ledger } = context;
  const unreadable: DeliveryRow[] = [];
  let opened: BoundIntegration | undefined = first;
  let inFlight = 0;

  const scope: StatefulScope = {
    ...context,
    unreadable,
    intake: createIntake({
      destination: context.name,
      reader: context.reader,
      journal: context.journal,
      clock,
      position: ledger.cursor,
      random: context.random,
      takes: context.takes,
      held: context.held,
      onSkipped: (count) => context.metrics.records("skipped", count),
      async onEmpty(through) {
        await commitDurably(scope, { cursor: through, ...(unreadable.length > 0 ? { put: unreadable.splice(0) } : {}) });
      },
      onUnreadable(record) {
        unreadable.push(unreadableRow(record, clock.now()));
        context.metrics.records("dead", 1);
      },
      onFailing: (reason) => condition.journal("read", journalTrouble("reading the journal", reason)),
    }),
    committed: () => ({ cursor: ledger.cursor, state: ledger.state }),
    async open(state) {
      const ready = opened;
      opened = undefined;
      return ready ?? (await host.open(state, context.halt));
    },
    close: () => host.close(),
    onApplying(records) {
      inFlight = records;
    },
    onCommitted: (change) => ledger.committed(change),
    noteError: (code, message) => condition.noteError(code, message),
    onFailing(error) {
      if (error === undefined) return condition.work("running");
      condition.noteError(error.code, error.message);
      condition.work("backing_off", error.message);
    },
  };
  return {
    get inFlight() {
      return inFlight;
    },
    breaker: "closed",
    hold() {
      // One batch at a time: the next one waits for the commit anyway.
    },
    run: () => runStatefulLoop(scope),
    finish: () => Promise.resolve(0),
  };
}
