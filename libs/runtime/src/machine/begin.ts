import type { Delivery } from "./delivery.ts";
import { permit, probing, type Permit } from "../breaker.ts";
import { clearUpTo } from "./clear.ts";
import type { MachineEffect } from "./events.ts";
import { wakeBy, type MachineState } from "./machine-state.ts";

/** Begins as many attempts as breaker, rate, concurrency, records and bytes admit. */
export function beginAttempts(machine: MachineState, nowMs: number, effects: MachineEffect[]): void {
  const { options, rate, ready } = machine;
  const { window } = options;
  for (;;) {
    if (machine.isHalted || machine.isHeld || machine.inFlightAttempts >= window.maxConcurrentAttempts) return;
    const permitted = permit(machine.breaker, nowMs);
    const wanted = wantedNow(machine, permitted);
    if (wanted <= 0) return;
    clearUpTo(machine, wanted, nowMs, effects);
    if (ready.length === 0) return;
    if (permitted.kind === "go" && lingers(machine, wanted, nowMs)) return;
    const most = rateAdmits(machine, Math.min(ready.length, wanted), nowMs);
    if (most === 0) return;
    const unit = takeUnit(machine, most);
    if (unit === undefined) return;
    rate.spend(unit.deliveries.length);
    machine.lingerFromMs = undefined;
    machine.inFlightAttempts += 1;
    machine.inFlightRecords += unit.deliveries.length;
    machine.inFlightBytes += unit.bytes;
    const entry = permitted.kind === "probe" ? "probe" : "go";
    if (entry === "probe") {
      const before = machine.breaker;
      machine.breaker = probing(before);
      effects.push({ kind: "breaker", from: before, to: machine.breaker });
    }
    effects.push({ kind: "attempt", attempt: { ...unit, entry, startedAtMs: nowMs } });
  }
}

/** Records of the next attempt at most; 0: none may begin now. */
function wantedNow(machine: MachineState, permitted: Permit): number {
  const { isBatching, window } = machine.options;
  switch (permitted.kind) {
    case "wait":
      if (permitted.untilMs !== undefined) wakeBy(machine, permitted.untilMs);
      return 0;
    case "probe":
      return 1;
    case "go":
      return Math.min(isBatching ? window.maxBatchRecords : 1, permitted.recordsMax - machine.inFlightRecords);
  }
}

/** A batch that is not full waits a little for more. */
function lingers(machine: MachineState, wanted: number, nowMs: number): boolean {
  const { isBatching, window } = machine.options;
  if (!isBatching || window.lingerMs === 0 || machine.ready.length >= wanted || machine.drainTo !== undefined) return false;
  // When the clock is set back, the wait begins anew.
  machine.lingerFromMs = Math.min(machine.lingerFromMs ?? nowMs, nowMs);
  const untilMs = machine.lingerFromMs + window.lingerMs;
  if (untilMs <= nowMs) return false;
  wakeBy(machine, untilMs);
  return true;
}

/** With a rate limit batches are no smaller than a tenth of a second's worth, so that they do not crumble. */
function rateAdmits(machine: MachineState, records: number, nowMs: number): number {
  const { rate, options } = machine;
  const available = rate.available(nowMs);
  const least = Math.min(records, Math.max(1, Math.floor(options.window.maxRecordsPerSecond / 10)));
  if (available >= least) return Math.min(records, available);
  wakeBy(machine, rate.readyAtMs(least, nowMs));
  return 0;
}

/** The next deliveries in their order, as many as there is room for in flight: all of them or, when bytes are the bound, the first ones. */
function takeUnit(machine: MachineState, most: number): { deliveries: readonly Delivery[]; bytes: number } | undefined {
  const { options, ready, inFlightRecords, inFlightBytes } = machine;
  const { maxInFlightRecords, maxInFlightBytes } = options.window;
  if (inFlightRecords > 0 && inFlightRecords + most > maxInFlightRecords) return undefined;
  let bytes = 0;
  let count = 0;
  for (let delivery = ready[count]; delivery !== undefined && count < most; delivery = ready[count]) {
    const size = delivery.view.size;
    if (inFlightBytes + bytes > 0 && inFlightBytes + bytes + size > maxInFlightBytes) break;
    bytes += size;
    count += 1;
  }
  return count === 0 ? undefined : { deliveries: ready.splice(0, count), bytes };
}
