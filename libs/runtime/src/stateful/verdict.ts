import type { Outcome } from "@tapio/integration-core";
import type { DeliveryRow } from "@tapio/journal";
import type { Delivery } from "../machine/delivery.ts";
import { decide, type Decision } from "../decide.ts";
import { withAttempt } from "../machine/history.ts";
import { deadRow } from "../machine/rows.ts";
import { heldEnd, type SlotEnd } from "../machine/delivery.ts";
import { partialRejections, type PartialRejection } from "../partial-rejections.ts";
import type { StatefulScope } from "./stateful-scope.ts";

/** Why a run over the journal ended, with the record to blame where it is known. */
export type Ending =
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly delayMs: number; readonly culprit: boolean }
  /** A record that fails alone, again and again: its dead letter goes past it. */
  | { readonly kind: "given_up"; readonly row: DeliveryRow };

export interface Applied {
  readonly delivered: number;
  /** How each of the others ended, in their order. */
  readonly ends: readonly { readonly sequence: number; readonly end: SlotEnd }[];
  readonly dead: readonly DeliveryRow[];
  readonly rejections: readonly PartialRejection[];
}

export interface AppliedBatch {
  readonly deliveries: readonly Delivery[];
  readonly outcomes: readonly Outcome[];
  readonly startedAtMs: number;
  /** One record alone, after a failure: what fails now is its own doing. */
  readonly isAlone: boolean;
}

/** What follows from the outcomes of one batch: all of it is applied, but for dead letters, or none of it may reach a commit. */
export function judgeBatch(scope: StatefulScope, batch: AppliedBatch): Applied | { readonly ending: Ending } {
  const { retry } = scope;
  const policy = batch.isAlone ? retry : { ...retry, maxAttempts: Infinity, maxAgeMs: Infinity, scheduleMs: undefined };
  const rejections = partialRejections(batch.outcomes);
  const nowMs = scope.clock.now();
  const ends: { sequence: number; end: SlotEnd }[] = [];
  const dead: DeliveryRow[] = [];
  let delivered = 0;
  for (const [index, delivery] of batch.deliveries.entries()) {
    const outcome = batch.outcomes[index];
    if (outcome === undefined) throw new RangeError("an attempt must give one outcome per delivery");
    const firstAttemptAtMs = delivery.firstAttemptAtMs ?? batch.startedAtMs;
    const rejection = rejections.get(index);
    const decision = decide({
      ...{ outcome, rejection, attempt: delivery.attempt, firstAttemptAtMs, nowMs, policy },
      random: scope.random(),
    });
    if (decision.kind === "settle") {
      if (decision.as === "delivered") delivered += 1;
      else ends.push({ sequence: delivery.sequence, end: { kind: "skipped", reason: decision.reason } });
      continue;
    }
    const ending = endingOf(scope, decision, outcome, { delivery, firstAttemptAtMs, nowMs, ...batch });
    if (ending.kind !== "dead") return { ending };
    ends.push({ sequence: delivery.sequence, end: heldEnd });
    dead.push(ending.row);
  }
  return { delivered, ends, dead, rejections: [...rejections.values()] };
}

interface Tried {
  readonly delivery: Delivery;
  readonly firstAttemptAtMs: number;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly isAlone: boolean;
}

function endingOf(
  scope: StatefulScope,
  decision: Exclude<Decision, { kind: "settle" }>,
  outcome: Outcome,
  { delivery, firstAttemptAtMs, startedAtMs, nowMs, isAlone }: Tried,
): Ending | { readonly kind: "dead"; readonly row: DeliveryRow } {
  const code = outcome.kind === "failed" ? outcome.error.code : "record_invalid";
  const failed = (message: string, delayMs: number, culprit: boolean): Ending => ({ kind: "failed", code, message, delayMs, culprit });
  switch (decision.kind) {
    case "disable":
      scope.disable(decision.code, decision.message);
      return { kind: "stopped" };
    case "not_an_attempt":
      return scope.halt.aborted ? { kind: "stopped" } : failed("the integration canceled the attempt", 0, false);
    case "wait":
      return failed(decision.message, decision.dueAtMs - nowMs, isAlone);
    case "dead": {
      // Only a bug or a refusal is the record's own fault; a receiver that is away is waited for.
      if (code !== "record_invalid" && code !== "internal") return failed(decision.message, scope.retry.maxDelayMs, isAlone);
      const note = { number: delivery.attempt, startedAtMs, durationMs: nowMs - startedAtMs, code, message: decision.message };
      const row = deadRow({ ...delivery, firstAttemptAtMs, history: withAttempt(delivery.history, note) }, nowMs, decision);
      return { kind: code === "internal" ? "given_up" : "dead", row };
    }
  }
}
