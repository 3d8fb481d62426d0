import type { Outcome } from "@tapio/integration-core";
import type { DeliveryRow } from "@tapio/journal";
import { attempt, type Delivery } from "./attempt.ts";
import { findingOf } from "./breaker.ts";
import { decide, type Decision } from "./decide.ts";
import type { DeliveryScope } from "./delivery-scope.ts";
import { partialRejections } from "./partial-rejections.ts";

/**
 * `spent`: each delivery is settled or has its row staged, but for those in `left`, which stay where they are. `unspent`: it was a probe, the
 * receiver still does not work, and nothing was counted.
 */
export type DeliverResult = { readonly kind: "spent"; readonly left: readonly Delivery[] } | { readonly kind: "unspent" };

/** One attempt of deliveries that come from the journal or from waiting rows, and all that follows from it. */
export async function deliver(scope: DeliveryScope, deliveries: readonly Delivery[], entry: "go" | "probe"): Promise<DeliverResult> {
  const { clock, metrics } = scope;
  const startedAtMs = clock.now();
  const outcomes = await attempt({ integration: scope.integration, deliveries, deadlines: scope.deadlines });
  const nowMs = clock.now();
  const finding = findingOf(outcomes);
  metrics.attempted(outcomes, nowMs - startedAtMs);
  noteErrors(scope, outcomes);
  scope.gate.report(entry, finding);
  if (entry === "probe" && finding.kind === "fails") return { kind: "unspent" };

  const rejections = partialRejections(outcomes);
  for (const rejection of rejections.values()) scope.onPartial(rejection);
  const left: Delivery[] = [];
  const counts = { delivered: 0, skipped: 0, failed: 0, dead: 0 };
  deliveries.forEach((delivery, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new RangeError("an attempt must give one outcome per delivery");
    const firstAttemptAtMs = delivery.firstAttemptAtMs ?? startedAtMs;
    const rejection = rejections.get(index);
    const decision = decide({
      ...{ outcome, rejection, attempt: delivery.attempt },
      ...{ firstAttemptAtMs, nowMs, policy: scope.retry, random: scope.random() },
    });
    if (!apply(scope, { ...delivery, firstAttemptAtMs }, decision, nowMs)) left.push(delivery);
    if (decision.kind === "settle") counts[decision.as] += 1;
    else if (decision.kind === "dead") counts.dead += 1;
    else if (decision.kind === "wait") counts.failed += 1;
    if (decision.kind === "settle" && decision.as === "delivered" && delivery.appendedAtMs !== undefined)
      metrics.latency(nowMs - delivery.appendedAtMs);
  });
  for (const outcome of ["delivered", "skipped", "failed", "dead"] as const) metrics.records(outcome, counts[outcome]);
  return { kind: "spent", left };
}

/** The row of a delivery that waits. */
export function waitingRow(
  delivery: Delivery,
  attempts: number,
  dueAtMs: number,
  nowMs: number,
  why: { code: string; message: string },
): DeliveryRow {
  return rowOf(delivery, {
    state: "waiting",
    attempts,
    dueAtMs,
    firstAttemptAtMs: delivery.firstAttemptAtMs ?? nowMs,
    code: why.code,
    message: why.message,
  });
}

/** Stages what the decision asks for. False: the delivery stays where it is. */
function apply(scope: DeliveryScope, delivery: Delivery & { firstAttemptAtMs: number }, decision: Decision, nowMs: number): boolean {
  const { settlement } = scope;
  const isRow = delivery.appendedAtMs === undefined;
  const { firstAttemptAtMs, attempt: attempts } = delivery;
  switch (decision.kind) {
    case "settle":
      if (isRow) settlement.remove(delivery.sequence);
      return true;
    case "wait":
      settlement.put(waitingRow(delivery, attempts, decision.dueAtMs, nowMs, decision));
      return true;
    case "dead":
      settlement.put(
        rowOf(delivery, { state: "dead", attempts, firstAttemptAtMs, dueAtMs: nowMs, code: decision.code, message: decision.message }),
      );
      return true;
    case "disable":
      scope.disable(decision.code, decision.message);
      return false;
    case "not_an_attempt":
      // The integration canceled by itself: come again a little later, so that this cannot spin.
      if (scope.halt.aborted) return false;
      settlement.put(
        waitingRow(delivery, attempts - 1, nowMs + scope.retry.initialDelayMs, nowMs, {
          code: "canceled",
          message: "the integration canceled the attempt",
        }),
      );
      return true;
  }
}

function rowOf(delivery: Delivery, rest: Omit<DeliveryRow, "sequence" | "recordId" | "bytes">): DeliveryRow {
  return { sequence: delivery.sequence, recordId: delivery.view.header.id, bytes: delivery.view.bytes, ...rest };
}

function noteErrors(scope: DeliveryScope, outcomes: readonly Outcome[]): void {
  const last = outcomes.findLast((outcome) => outcome.kind === "failed" && outcome.error.code !== "canceled");
  if (last?.kind === "failed") scope.noteError(last.error.code, last.error.message);
}
