import type { Outcome } from "@tapio/integration-core";
import type { DeliveryRow } from "@tapio/journal";
import type { Delivery } from "./delivery.ts";
import { afterAttempt, afterProbe, findingOf, type Finding } from "../breaker.ts";
import { decide, type Decision } from "../decide.ts";
import { partialRejections } from "../partial-rejections.ts";
import type { Attempt, MachineEffect } from "./events.ts";
import { withAttempt } from "./history.ts";
import { leaveLane } from "./lanes.ts";
import type { MachineState } from "./machine-state.ts";
import { deadRow, waitingRow } from "./rows.ts";
import { lateSettlement } from "./settlement-note.ts";
import { deliveredEnd, heldEnd, type SlotEnd } from "./delivery.ts";

/** What follows from the outcomes of one attempt: each delivery is settled, has its row staged, or stays where it is. */
export function conclude(
  machine: MachineState,
  attempt: Attempt,
  outcomes: readonly Outcome[],
  nowMs: number,
  effects: MachineEffect[],
): void {
  const { deliveries } = attempt;
  machine.inFlightAttempts -= 1;
  machine.inFlightRecords -= deliveries.length;
  machine.inFlightBytes -= attempt.bytes;
  const finding = findingOf(outcomes);
  reportToBreaker(machine, attempt, finding, nowMs, effects);
  if (attempt.entry === "probe" && finding.kind === "fails") {
    machine.ready.unshift(...deliveries);
    return;
  }
  const rejections = partialRejections(outcomes);
  for (const rejection of rejections.values()) effects.push({ kind: "partial", rejection });
  for (let index = 0; index < deliveries.length; index++) {
    const delivery = deliveries[index];
    const outcome = outcomes[index];
    if (delivery === undefined || outcome === undefined) throw new RangeError("an attempt must give one outcome per delivery");
    if (outcome.kind === "delivered" && outcome.partial === undefined && delivery.place !== undefined && delivery.key === undefined) {
      // What nearly all are: delivered, from the window, and nothing waits behind it.
      machine.tally.delivered += 1;
      machine.slots.settle(delivery.place, deliveredEnd);
      continue;
    }
    const decision = decide({
      outcome,
      rejection: rejections.get(index),
      attempt: delivery.attempt,
      firstAttemptAtMs: delivery.firstAttemptAtMs ?? attempt.startedAtMs,
      nowMs,
      policy: machine.options.retry,
      random: machine.options.random(),
    });
    apply(machine, tried(delivery, attempt, outcome, nowMs), decision, nowMs, effects);
  }
}

function reportToBreaker(machine: MachineState, { entry }: Attempt, finding: Finding, nowMs: number, effects: MachineEffect[]): void {
  const before = machine.breaker;
  const judge = entry === "probe" ? afterProbe : afterAttempt;
  machine.breaker = judge(before, finding, machine.options.breaker, nowMs, machine.options.random());
  if (machine.breaker.state !== before.state) effects.push({ kind: "breaker", from: before, to: machine.breaker });
}

/** The delivery as it stands after the attempt. */
function tried(delivery: Delivery, attempt: Attempt, outcome: Outcome, nowMs: number): Delivery {
  if (outcome.kind !== "failed" || outcome.error.code === "canceled") return delivery;
  const { code, message } = outcome.error;
  const { startedAtMs } = attempt;
  return {
    ...delivery,
    firstAttemptAtMs: delivery.firstAttemptAtMs ?? startedAtMs,
    history: withAttempt(delivery.history, { number: delivery.attempt, startedAtMs, durationMs: nowMs - startedAtMs, code, message }),
  };
}

function apply(machine: MachineState, delivery: Delivery, decision: Decision, nowMs: number, effects: MachineEffect[]): void {
  const { tally, options } = machine;
  if (delivery.held !== undefined) tally.retried += 1;
  switch (decision.kind) {
    case "settle":
      tally[decision.as] += 1;
      settle(machine, delivery, decision, nowMs);
      return;
    case "wait":
      tally.failed += 1;
      wait(machine, delivery, waitingRow(delivery, delivery.attempt, decision.dueAtMs, nowMs, decision), nowMs);
      return;
    case "dead":
      tally.dead += 1;
      machine.staged.set(delivery.sequence, deadRow(delivery, nowMs, decision));
      if (delivery.place !== undefined) machine.slots.settle(delivery.place, heldEnd);
      if (delivery.held !== undefined) machine.held.remove(delivery.held);
      leaveLane(machine, delivery.key, nowMs);
      return;
    case "disable":
      machine.unfinished += 1;
      machine.isHalted = true;
      effects.push({ kind: "disable", code: decision.code, message: decision.message });
      return;
    case "not_an_attempt": {
      // The integration canceled by itself: come again a little later, so that this cannot spin. While halted it stays where it is.
      if (machine.isHalted) {
        machine.unfinished += 1;
        return;
      }
      const why = { code: "canceled", message: "the integration canceled the attempt" };
      wait(machine, delivery, waitingRow(delivery, delivery.attempt - 1, nowMs + options.retry.initialDelayMs, nowMs, why), nowMs);
    }
  }
}

function settle(machine: MachineState, delivery: Delivery, decision: Decision & { kind: "settle" }, nowMs: number): void {
  const { place, held, sequence, attempt } = delivery;
  const skippedReason = decision.as === "skipped" ? decision.reason : "";
  const end: SlotEnd = decision.as === "skipped" ? { kind: "skipped", reason: skippedReason } : deliveredEnd;
  if (place !== undefined) machine.slots.settle(place, end);
  if (held !== undefined) {
    machine.held.remove(held);
    const settlement = lateSettlement(sequence, nowMs, machine.options.configHash, { attempt, skippedReason });
    if (sequence > machine.slots.cursor) {
      machine.settledAbove.set(sequence, settlement);
    } else {
      machine.staged.set(sequence, "remove");
      machine.late.push(settlement);
    }
  }
  leaveLane(machine, delivery.key, nowMs);
}

/** Its row waits for the next attempt; the row is durable no later than the cursor that passes it. */
function wait(machine: MachineState, delivery: Delivery, row: DeliveryRow, nowMs: number): void {
  const { sequence, key, place, held, view } = delivery;
  machine.staged.set(sequence, row);
  if (place !== undefined) machine.slots.settle(place, heldEnd);
  const warm = { row, view };
  if (held === undefined) machine.held.add({ sequence, key, state: "waiting", dueAtMs: row.dueAtMs, mayGo: false }, warm);
  else machine.held.wait(held, row.dueAtMs, warm);
  leaveLane(machine, key, nowMs);
}
