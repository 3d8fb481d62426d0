import type { Clock, Outcome } from "@tapio/integration-core";
import type { DeliveryRow } from "@tapio/journal";
import { attempt, type Delivery } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import type { BoundIntegration } from "./bound-integration.ts";
import type { Committer } from "./committer.ts";
import type { Deadlines } from "./deadlines.ts";
import { decide } from "./decide.ts";
import type { DeliveryMetrics } from "./delivery-metrics.ts";
import { inFlightBytesMax } from "./delivery-scope.ts";
import type { Intake } from "./intake.ts";
import { partialRejections, type PartialRejection } from "./partial-rejections.ts";
import type { RetryPolicy, WindowPolicy } from "./policy.ts";
import { pause } from "./wake.ts";

export interface StatefulScope {
  readonly name: string;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly window: WindowPolicy;
  readonly intake: Intake;
  readonly committer: Committer;
  readonly metrics: DeliveryMetrics;
  readonly halt: AbortSignal;
  readonly deadlines: Deadlines;
  /** Rows of records that the intake could not read, staged for the next commit. */
  readonly unreadable: DeliveryRow[];
  random(): number;
  /** The durable cursor and state. */
  committed(): { readonly cursor: number; readonly state: Uint8Array | undefined };
  /** Makes the integration anew from this state; `undefined`: halted or refused. */
  open(state: Uint8Array | undefined): Promise<BoundIntegration | undefined>;
  close(): Promise<void>;
  onApplying(records: number): void;
  onCommitted(change: { cursor: number; state?: Uint8Array; put?: readonly DeliveryRow[] }): void;
  onPartial(rejection: PartialRejection): void;
  noteError(code: string, message: string): void;
  /** Something failed and all since the last commit is applied again after a while; `undefined`: it works again. */
  onFailing(error: { code: string; message: string } | undefined): void;
  disable(code: string, message: string): void;
}

/** Why a run over the journal ended, with the record to blame where it is known. */
type Ending =
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly delayMs: number; readonly culprit: boolean }
  | { readonly kind: "given_up"; readonly through: number; readonly row: DeliveryRow };

/** Attempts of the one record that keeps failing. */
interface Suspicion {
  readonly attempts: number;
  readonly firstAttemptAtMs: number;
}

/**
 * Applies records in order, one batch at a time, and commits cursor and snapshot as one write. After any failure but `record_invalid` the
 * integration's state may hold half a batch: it is made anew from the committed snapshot, and what came since is applied again, one
 * record a batch until the place of the failure is passed.
 */
export async function runStatefulLoop(scope: StatefulScope): Promise<void> {
  let failures = 0;
  let suspicion: Suspicion | undefined;
  while (!scope.halt.aborted) {
    const from = scope.committed();
    const integration = await scope.open(from.state);
    if (integration === undefined) return;
    scope.unreadable.length = 0;
    scope.intake.restart(from.cursor);
    const ending = await applyFrom(scope, integration, suspicion, failures > 0);
    if (ending.kind === "stopped") return;
    await scope.close();
    if (scope.committed().cursor > from.cursor) {
      failures = 0;
      suspicion = undefined;
    }
    if (ending.kind === "given_up") {
      if (!(await commitDurably(scope, { cursor: ending.through, put: [...scope.unreadable, ending.row] }))) return;
      scope.metrics.records("dead", 1);
      failures = 0;
      suspicion = undefined;
      continue;
    }
    failures += 1;
    if (ending.culprit && ending.code === "internal")
      suspicion = { attempts: (suspicion?.attempts ?? 0) + 1, firstAttemptAtMs: suspicion?.firstAttemptAtMs ?? scope.clock.now() };
    scope.onFailing({ code: ending.code, message: ending.message });
    await pause(scope.clock, Math.max(ending.delayMs, backoffMs(scope.retry, failures, scope.random())), scope.halt);
  }
}

/** Applies and commits until something fails. While `careful`, one record at a time, each with its own commit, so that a failure is its own. */
async function applyFrom(
  scope: StatefulScope,
  integration: BoundIntegration,
  suspicion: Suspicion | undefined,
  careful: boolean,
): Promise<Ending> {
  const { intake, window, halt, clock } = scope;
  let applied = 0;
  let carefulLeft = careful ? window.maxBatchRecords : 0;
  const dead: DeliveryRow[] = [];
  const counts = { delivered: 0, skipped: 0 };
  let blamed = suspicion;
  while (await intake.ready(halt)) {
    const recordsMax = carefulLeft > 0 || integration.processBatch === undefined ? 1 : window.maxBatchRecords;
    const unit = intake.take(recordsMax, inFlightBytesMax);
    const tries = unit.deliveries.map((delivery) => ({ ...delivery, attempt: (blamed?.attempts ?? 0) + 1 }));
    const startedAtMs = clock.now();
    scope.onApplying(tries.length);
    const outcomes = await attempt({ integration, deliveries: tries, deadlines: scope.deadlines });
    scope.onApplying(0);
    scope.metrics.attempted(outcomes, clock.now() - startedAtMs);
    const verdict = judge(scope, tries, outcomes, blamed?.firstAttemptAtMs ?? startedAtMs, unit.through, carefulLeft > 0);
    if ("ending" in verdict) return verdict.ending;
    dead.push(...verdict.dead);
    counts.delivered += verdict.delivered;
    counts.skipped += verdict.skipped;
    applied += tries.length;
    if (carefulLeft === 0 && intake.pending > 0 && applied < window.maxInFlightRecords && !halt.aborted) continue;

    const put = [...scope.unreadable.filter((row) => row.sequence <= unit.through), ...dead];
    const snapshot = takeSnapshot(integration);
    if (!(snapshot instanceof Uint8Array))
      return { kind: "failed", code: "internal", message: `snapshot failed: ${snapshot.message}`, delayMs: 0, culprit: false };
    if (!(await commitDurably(scope, { cursor: unit.through, state: snapshot, ...(put.length > 0 ? { put } : {}) })))
      return { kind: "stopped" };
    scope.unreadable.splice(0, scope.unreadable.length, ...scope.unreadable.filter((row) => row.sequence > unit.through));
    tellCommitted(scope, integration);
    for (const outcome of ["delivered", "skipped"] as const) scope.metrics.records(outcome, counts[outcome]);
    scope.metrics.records("dead", dead.length);
    counts.delivered = counts.skipped = applied = dead.length = 0;
    carefulLeft = Math.max(0, carefulLeft - tries.length);
    blamed = undefined;
    scope.onFailing(undefined);
  }
  return { kind: "stopped" };
}

type Verdict =
  { readonly ending: Ending } | { readonly dead: readonly DeliveryRow[]; readonly delivered: number; readonly skipped: number };

function judge(
  scope: StatefulScope,
  tries: readonly Delivery[],
  outcomes: readonly Outcome[],
  firstAttemptAtMs: number,
  through: number,
  alone: boolean,
): Verdict {
  const nowMs = scope.clock.now();
  const policy = alone ? scope.retry : { ...scope.retry, maxAttempts: Infinity, maxAgeMs: Infinity };
  const rejections = partialRejections(outcomes);
  const dead: DeliveryRow[] = [];
  let delivered = 0;
  let skipped = 0;
  for (const [index, delivery] of tries.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new RangeError("an attempt must give one outcome per delivery");
    const decision = decide({
      ...{ outcome, rejection: rejections.get(index), attempt: delivery.attempt },
      ...{ firstAttemptAtMs, nowMs, policy, random: scope.random() },
    });
    const code = outcome.kind === "failed" ? outcome.error.code : "record_invalid";
    switch (decision.kind) {
      case "settle":
        if (decision.as === "delivered") delivered += 1;
        else skipped += 1;
        continue;
      case "disable":
        scope.disable(decision.code, decision.message);
        return { ending: { kind: "stopped" } };
      case "not_an_attempt":
        if (scope.halt.aborted) return { ending: { kind: "stopped" } };
        return {
          ending: { kind: "failed", code: "canceled", message: "the integration canceled the attempt", delayMs: 0, culprit: false },
        };
      case "wait":
        return { ending: { kind: "failed", code, message: decision.message, delayMs: decision.dueAtMs - nowMs, culprit: alone } };
      case "dead": {
        // Only a bug or a refusal is the record's own fault; a receiver that is away is waited for.
        if (code !== "record_invalid" && code !== "internal")
          return { ending: { kind: "failed", code, message: decision.message, delayMs: scope.retry.maxDelayMs, culprit: alone } };
        const row: DeliveryRow = {
          sequence: delivery.sequence,
          recordId: delivery.view.header.id,
          state: "dead",
          attempts: delivery.attempt,
          firstAttemptAtMs,
          dueAtMs: nowMs,
          code: decision.code,
          message: decision.message,
          bytes: delivery.view.bytes,
        };
        if (code === "internal") return { ending: { kind: "given_up", through, row } };
        dead.push(row);
      }
    }
  }
  for (const rejection of rejections.values()) scope.onPartial(rejection);
  return { dead, delivered, skipped };
}

/** Commits until it is durable. False: the log is lost, or the gateway stops. */
export async function commitDurably(
  scope: Pick<StatefulScope, "committer" | "halt" | "onCommitted">,
  change: { cursor: number; state?: Uint8Array; put?: readonly DeliveryRow[] },
): Promise<boolean> {
  for (;;) {
    const wasStopping = scope.halt.aborted;
    const result = await scope.committer.commit(change, scope.halt);
    if (result === "committed") {
      scope.onCommitted(change);
      return true;
    }
    if (result === "lost" || wasStopping) return false;
  }
}

function takeSnapshot(integration: BoundIntegration): Uint8Array | Error {
  try {
    return integration.snapshot?.() ?? new Error("the integration has no snapshot");
  } catch (reason) {
    return reason instanceof Error ? reason : new Error(String(reason));
  }
}

/** What is durable stays durable: an integration that fails to show it is no reason to apply anything again. */
function tellCommitted(scope: StatefulScope, integration: BoundIntegration): void {
  try {
    integration.committed?.();
  } catch (reason) {
    scope.noteError("internal", `committed() failed: ${String(reason)}`);
  }
}
