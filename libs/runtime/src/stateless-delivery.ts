import type { Delivery } from "./attempt.ts";
import type { BoundIntegration } from "./bound-integration.ts";
import { waitingRow } from "./deliver.ts";
import { inFlightBytesMax, type DeliveryScope } from "./delivery-scope.ts";
import { journalTrouble, unreadableRow, type Delivering, type DestinationContext } from "./destination-context.ts";
import { runFreshLoop } from "./fresh-loop.ts";
import { createGate } from "./gate.ts";
import { createIntake, type Intake } from "./intake.ts";
import { runRetryLoop } from "./retry-loop.ts";
import { createRoom } from "./room.ts";
import { createSettlement, type Settlement } from "./settlement.ts";
import { createWake } from "./wake.ts";
import { createWindowTracker, type WindowRange, type WindowTracker } from "./window-tracker.ts";

/** A batch says more of a receiver than a single record does. */
const failuresToOpen = { batches: 5, records: 20 };
const probeDelays = { firstProbeDelayMs: 1000, maxProbeDelayMs: 60_000 };

/** Delivers new records in windows and waiting rows as they fall due, side by side. */
export function createStatelessDelivery(context: DestinationContext, integration: BoundIntegration): Delivering {
  const { condition } = context;
  const scope = scopeOf(context, integration);
  const { gate, left, room, settlement } = scope;
  const closing = new AbortController();
  const intake = intakeOf(context, scope.tracker, settlement);
  let pump: Promise<void> = Promise.resolve();

  return {
    get inFlight() {
      return room.records;
    },
    get breaker() {
      return gate.breaker.state;
    },
    hold: (held) => gate.hold(held),
    async run() {
      pump = settlement.run(closing.signal);
      await Promise.all([
        runFreshLoop(scope, intake),
        runRetryLoop(scope, (reason) => condition.journal("rows", journalTrouble("reading waiting rows", reason))),
      ]);
    },
    async finish() {
      const unfinished = [...left.values()].reduce((sum, deliveries) => sum + deliveries.length, 0);
      putBackOvertaken(scope);
      closing.abort();
      await pump;
      return unfinished;
    },
  };
}

/**
 * What was cut off below something that is settled gets a row, without an attempt counted: the cursor can pass, and nothing that was settled is
 * delivered again after the next start. What was cut off at the end of the window is simply read again.
 */
function putBackOvertaken(scope: DeliveryScope): void {
  const nowMs = scope.clock.now();
  const why = { code: "canceled", message: "put back when the gateway stopped" };
  for (const [range, deliveries] of scope.left) {
    if (deliveries.length === range.records && !scope.tracker.isOvertaken(range)) continue;
    for (const delivery of deliveries) scope.settlement.put(waitingRow(delivery, delivery.attempt - 1, nowMs, nowMs, why));
    scope.tracker.settle(range);
  }
}

function scopeOf(context: DestinationContext, integration: BoundIntegration): DeliveryScope {
  const { clock, condition, ledger, random, window } = context;
  const tracker = createWindowTracker(ledger.cursor);
  const settled = createWake(clock);
  const rowsChanged = createWake(clock);
  const failuresMax = integration.processBatch === undefined ? failuresToOpen.records : failuresToOpen.batches;
  const policy = { failuresToOpen: failuresMax, ...probeDelays };
  return {
    ...context,
    integration,
    gate: createGate({ clock, policy, random, onChange: context.onBreaker }),
    room: createRoom(clock, { recordsMax: window.maxInFlightRecords, bytesMax: inFlightBytesMax }),
    tracker,
    settlement: createSettlement({
      committer: context.committer,
      clock,
      committed: ledger.cursor,
      cursor: () => tracker.cursor,
      onCommitted(change) {
        ledger.committed(change);
        settled.wake();
        if (change.put !== undefined) rowsChanged.wake();
      },
    }),
    settled,
    rowsChanged,
    left: new Map<WindowRange, readonly Delivery[]>(),
    noteError: (code, message) => condition.noteError(code, message),
  };
}

function intakeOf(context: DestinationContext, tracker: WindowTracker, settlement: Settlement): Intake {
  const { clock, condition, ledger, metrics } = context;
  return createIntake({
    destination: context.name,
    reader: context.reader,
    journal: context.journal,
    clock,
    position: ledger.cursor,
    random: context.random,
    takes: context.takes,
    held: context.held,
    onSkipped: (count) => metrics.records("skipped", count),
    onEmpty(through) {
      tracker.settle(tracker.add(through, 0));
      settlement.request();
      return Promise.resolve();
    },
    onUnreadable(record) {
      settlement.put(unreadableRow(record, clock.now()));
      metrics.records("dead", 1);
    },
    onFailing: (reason) => condition.journal("read", journalTrouble("reading the journal", reason)),
  });
}
