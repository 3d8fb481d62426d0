import type { Delivery } from "./attempt.ts";
import { deliver } from "./deliver.ts";
import { inFlightBytesMax, type DeliveryScope } from "./delivery-scope.ts";
import type { Intake, IntakeUnit } from "./intake.ts";
import type { WindowRange } from "./window-tracker.ts";

/** How far the window may reach beyond an attempt that does not end, as a multiple of what may be in flight. It bounds what is delivered again after a crash. */
const spanFactor = 4;

/**
 * Delivers what the journal has after the cursor, until halted: ranges begin in order, many are in flight at once, and each settles when its
 * last delivery does. Resolves when nothing is in flight any more.
 */
export async function runFreshLoop(scope: DeliveryScope, intake: Intake): Promise<void> {
  const { window, room, gate, tracker, halt } = scope;
  const unitRecords = scope.integration.processBatch === undefined ? 1 : window.maxBatchRecords;
  const inFlight = new Set<Promise<void>>();
  while ((await intake.ready(halt)) && (await hasSpan(scope))) {
    const unit = intake.take(unitRecords, inFlightBytesMax);
    const range = tracker.add(unit.through, unit.deliveries.length);
    if (!(await room.acquire(unit.deliveries.length, unit.bytes, halt))) {
      scope.left.set(range, unit.deliveries);
      break;
    }
    const entry = await gate.enter(halt);
    const sending = send(scope, unit, range, entry).catch((reason: unknown) => {
      scope.disable(
        "internal",
        `a delivery failed in the runtime, which is a bug: ${reason instanceof Error ? reason.message : String(reason)}`,
      );
    });
    inFlight.add(sending);
    void sending.then(() => inFlight.delete(sending));
    if (entry !== "go") await sending;
  }
  await Promise.all(inFlight);
}

async function send(scope: DeliveryScope, unit: IntakeUnit, range: WindowRange, firstEntry: "go" | "probe" | "stopped"): Promise<void> {
  const left: Delivery[] = [];
  let rest = unit.deliveries;
  let entry = firstEntry;
  try {
    while (rest.length > 0 && entry !== "stopped") {
      const part = entry === "probe" ? rest.slice(0, 1) : rest;
      const result = await deliver(scope, part, entry);
      if (result.kind === "spent") {
        left.push(...result.left);
        rest = rest.slice(part.length);
      }
      if (rest.length > 0) entry = await scope.gate.enter(scope.halt);
    }
  } finally {
    left.push(...rest);
    scope.room.release(unit.deliveries.length, unit.bytes);
    if (left.length > 0) scope.left.set(range, left);
    else scope.tracker.settle(range);
    scope.settlement.request();
    scope.settled.wake();
  }
}

async function hasSpan(scope: DeliveryScope): Promise<boolean> {
  const { tracker, settlement, settled, window, halt } = scope;
  while (!halt.aborted) {
    const { version } = settled;
    if (tracker.openRecords < window.maxInFlightRecords * spanFactor && settlement.staged <= window.maxInFlightRecords) return true;
    await settled.wait(version, halt);
  }
  return false;
}
