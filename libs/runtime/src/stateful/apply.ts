import type { DestinationChange } from "@tapio/journal";
import { attempt } from "../attempt.ts";
import type { BoundIntegration } from "../bound-integration.ts";
import type { IntakeUnit } from "../intake.ts";
import { heldEnd, type Delivery } from "../machine/delivery.ts";
import { addApplied, addPassed, changeOf, countEnds, newRound, type Round } from "./round.ts";
import type { StatefulScope } from "./stateful-scope.ts";
import { judgeBatch, type Applied, type Ending } from "./verdict.ts";

/** Attempts of the one record that keeps failing. */
export interface Suspicion {
  readonly attempts: number;
  readonly firstAttemptAtMs: number;
}

export type RunEnding =
  | Exclude<Ending, { kind: "given_up" }>
  | { readonly kind: "drained" }
  /** The commit that passes the record is still to be made. */
  | { readonly kind: "given_up"; readonly change: DestinationChange & { readonly cursor: number } };

/** Applies and commits until something fails. While `careful`, one record at a time, each with its own commit, so that a failure is its own. */
export async function applyFrom(
  scope: StatefulScope,
  integration: BoundIntegration,
  suspicion: Suspicion | undefined,
  careful: boolean,
): Promise<RunEnding> {
  const { intake, window, halt, clock } = scope;
  let carefulLeft = careful ? window.maxBatchRecords : 0;
  let blamed = suspicion;
  let round = newRound();
  while (await intake.ready(halt)) {
    const isAlone = carefulLeft > 0;
    const unit = intake.take(isAlone || integration.processBatch === undefined ? 1 : window.maxBatchRecords, window.maxInFlightBytes);
    addPassed(round, unit.passed, clock.now());
    if (unit.deliveries.length > 0) {
      const applied = await applyUnit(scope, integration, unit, { blamed, isAlone });
      if ("ending" in applied) return endingOf(scope, applied.ending, round, unit.through);
      addApplied(round, applied);
      for (const rejection of applied.rejections) scope.onPartial(rejection);
    }
    if (carefulLeft === 0 && intake.pending > 0 && round.applied < window.maxInFlightRecords && !halt.aborted) continue;

    const ending = await commitRound(scope, integration, round, unit.through);
    if (ending !== undefined) return ending;
    if (unit.deliveries.length > 0) blamed = undefined;
    carefulLeft = Math.max(0, carefulLeft - unit.deliveries.length);
    round = newRound();
    scope.onFailing(undefined);
  }
  return { kind: halt.aborted ? "stopped" : "drained" };
}

async function applyUnit(
  scope: StatefulScope,
  integration: BoundIntegration,
  unit: IntakeUnit,
  { blamed, isAlone }: { readonly blamed: Suspicion | undefined; readonly isAlone: boolean },
): Promise<Applied | { readonly ending: Ending }> {
  const { clock, metrics, name } = scope;
  const deliveries = blamed === undefined ? unit.deliveries : unit.deliveries.map((delivery) => againOf(delivery, blamed));
  const startedAtMs = clock.now();
  scope.onApplying(deliveries.length);
  const span = scope.tracer.startSpan("tapio.delivery.attempt", { "tapio.destination": name, "tapio.records": deliveries.length });
  const outcomes = await attempt({ destination: name, integration, deliveries, deadlines: scope.deadlines });
  span.end();
  scope.onApplying(0);
  const nowMs = clock.now();
  metrics.attempted(outcomes, nowMs - startedAtMs);
  metrics.latencies(deliveries, outcomes, nowMs);
  return judgeBatch(scope, { deliveries, outcomes, startedAtMs, isAlone });
}

function againOf(delivery: Delivery, { attempts, firstAttemptAtMs }: Suspicion): Delivery {
  return { ...delivery, attempt: attempts + 1, firstAttemptAtMs };
}

function endingOf(scope: StatefulScope, ending: Ending, round: Round, through: number): RunEnding {
  if (ending.kind !== "given_up") return ending;
  const { row } = ending;
  addApplied(round, { delivered: 0, ends: [{ sequence: row.sequence, end: heldEnd }], dead: [row] });
  const { configHash, clock } = scope;
  return {
    kind: "given_up",
    change: changeOf(round, { from: scope.committed().cursor, through, state: undefined, nowMs: clock.now(), configHash }),
  };
}

async function commitRound(
  scope: StatefulScope,
  integration: BoundIntegration,
  round: Round,
  through: number,
): Promise<RunEnding | undefined> {
  const { clock, configHash, metrics } = scope;
  const state = round.applied > 0 ? takeSnapshot(integration) : undefined;
  if (state instanceof Error)
    return { kind: "failed", code: "internal", message: `snapshot failed: ${state.message}`, delayMs: 0, culprit: false };
  const change = changeOf(round, { from: scope.committed().cursor, through, state, nowMs: clock.now(), configHash });
  if (!(await commitDurably(scope, change))) return { kind: "stopped" };
  if (state !== undefined) tellCommitted(scope, integration);
  const counts = countEnds(round);
  for (const outcome of ["delivered", "skipped", "dead"] as const) metrics.records(outcome, counts[outcome]);
  return undefined;
}

/** Commits until it is durable. False: the log is lost, or the destination stops. */
export async function commitDurably(
  scope: Pick<StatefulScope, "committer" | "halt" | "onCommitted">,
  change: DestinationChange,
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
