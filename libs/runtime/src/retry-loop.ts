import { createRecordView, scanRecord } from "@tapio/domain";
import type { DeliveryRow } from "@tapio/journal";
import type { Delivery } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import { deliver } from "./deliver.ts";
import type { DeliveryScope } from "./delivery-scope.ts";
import { longestDelayMs, releaseWaiting } from "./release-waiting.ts";
import { pause } from "./wake.ts";

const backoff = { initialDelayMs: 100, maxDelayMs: 30_000, multiplier: 2 };

/** Attempts waiting rows as they fall due, a round at a time, until halted. New records are delivered beside it and never wait for it. */
export async function runRetryLoop(scope: DeliveryScope, onFailing: (reason: unknown) => void): Promise<void> {
  const { clock, halt, log, rowsChanged, window } = scope;
  let failures = 0;
  let released = false;
  const isTooLate = (dueAtMs: number): boolean => dueAtMs > clock.now() + longestDelayMs(scope.retry);
  // Whoever mends a token starts the gateway again.
  const isReleasedAtStart = (row: DeliveryRow): boolean => row.code === "access_denied" || isTooLate(row.dueAtMs);
  while (!halt.aborted) {
    try {
      if (!released) await releaseWaiting(scope, isReleasedAtStart);
      released = true;
      const { version } = rowsChanged;
      const rows = await log.due(clock.now(), window.maxBatchRecords);
      const dueAtMs = rows.length > 0 ? undefined : await log.nextDueAtMs();
      if (failures > 0) onFailing(undefined);
      failures = 0;
      if (rows.length > 0) await round(scope, rows);
      else if (dueAtMs !== undefined && isTooLate(dueAtMs)) await releaseWaiting(scope, (row) => isTooLate(row.dueAtMs));
      else await rowsChanged.wait(version, halt, dueAtMs);
    } catch (reason) {
      failures += 1;
      onFailing(reason);
      await pause(clock, backoffMs(backoff, failures, scope.random()), halt);
    }
  }
}

async function round(scope: DeliveryScope, rows: readonly DeliveryRow[]): Promise<void> {
  const { room, gate, halt, settlement } = scope;
  let rest = rows.map((row) => deliveryOf(scope, row)).filter((delivery) => delivery !== undefined);
  while (rest.length > 0) {
    const unit = rest;
    const bytes = unit.reduce((sum, delivery) => sum + delivery.view.bytes.length, 0);
    if (!(await room.acquire(unit.length, bytes, halt))) return;
    try {
      const entry = await gate.enter(halt);
      if (entry === "stopped") return;
      if (entry === "go") rest = rest.slice(await deliverAll(scope, unit));
      else if ((await deliver(scope, unit.slice(0, 1), entry)).kind === "spent") rest = rest.slice(1);
    } finally {
      room.release(unit.length, bytes);
    }
  }
  await settlement.flushed();
}

async function deliverAll(scope: DeliveryScope, unit: readonly Delivery[]): Promise<number> {
  if (scope.integration.processBatch !== undefined) await deliver(scope, unit, "go");
  else await Promise.all(unit.map((delivery) => deliver(scope, [delivery], "go")));
  return unit.length;
}

/** A row whose bytes are missing or cannot be read becomes a dead letter. */
function deliveryOf(scope: DeliveryScope, row: DeliveryRow): Delivery | undefined {
  const scanned = row.bytes === undefined ? undefined : scanRecord(row.bytes);
  if (row.bytes !== undefined && scanned?.ok === true) {
    return {
      sequence: row.sequence,
      appendedAtMs: undefined,
      view: createRecordView(row.bytes, scanned.header),
      deliveryId: `${scope.name}/${row.sequence}`,
      attempt: row.attempts + 1,
      firstAttemptAtMs: row.attempts === 0 ? undefined : row.firstAttemptAtMs,
    };
  }
  const message =
    scanned?.ok === false ? `the row's record cannot be read: ${scanned.problem.field} ${scanned.problem.reason}` : "the row has no record";
  scope.settlement.put({ ...row, state: "dead", dueAtMs: scope.clock.now(), code: "record_invalid", message });
  scope.metrics.records("dead", 1);
  return undefined;
}
