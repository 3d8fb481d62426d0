import type { IntegrationError, Outcome } from "@tapio/integration-core";
import { atLeastRetryAfterMs, backoffMs, withJitter } from "./backoff.ts";
import type { PartialRejection } from "./partial-rejections.ts";
import type { RetryPolicy } from "./policy.ts";

/** What becomes of a delivery after one attempt. */
export type Decision =
  /** Settled without a row. */
  | { readonly kind: "settle"; readonly as: "delivered" }
  | { readonly kind: "settle"; readonly as: "skipped"; readonly reason: string }
  /** A waiting row. */
  | { readonly kind: "wait"; readonly dueAtMs: number; readonly code: string; readonly message: string }
  /** A dead row. */
  | { readonly kind: "dead"; readonly code: string; readonly message: string }
  /** The destination stops; this delivery stays where it is. */
  | { readonly kind: "disable"; readonly code: string; readonly message: string }
  /** Nothing was learned: it stays where it is, and its attempts are not counted. */
  | { readonly kind: "not_an_attempt" };

export interface DecisionInput {
  readonly outcome: Outcome;
  /** Of the request of which this is the first record: its row shows what is lost. The others of the request settle. */
  readonly rejection?: PartialRejection | undefined;
  /** Which attempt this was, from 1. */
  readonly attempt: number;
  readonly firstAttemptAtMs: number;
  readonly nowMs: number;
  readonly policy: RetryPolicy;
  /** In 0..1, for jitter. */
  readonly random: number;
}

const deliveredDecision: Decision = Object.freeze({ kind: "settle", as: "delivered" });

/** The one place where an outcome becomes a decision. Pure. */
export function decide(input: DecisionInput): Decision {
  const { outcome } = input;
  switch (outcome.kind) {
    case "skipped":
      return { kind: "settle", as: "skipped", reason: outcome.reason };
    case "delivered":
      if (input.rejection === undefined) return deliveredDecision;
      return {
        kind: "dead",
        code: "record_invalid",
        message: `the receiver rejected ${input.rejection.rejected} of a request of ${input.rejection.records} records, and did not say which: ${input.rejection.message}`,
      };
    case "failed":
      return decideFailure(input, outcome.error);
  }
}

function decideFailure(input: DecisionInput, error: IntegrationError): Decision {
  const { code, message } = error;
  switch (code) {
    case "canceled":
      return { kind: "not_an_attempt" };
    case "gone":
    case "config_invalid":
      return { kind: "disable", code, message };
    case "record_invalid":
      return { kind: "dead", code, message };
    case "access_denied": {
      const delayMs = atLeastRetryAfterMs(
        backoffMs({ ...input.policy, initialDelayMs: input.policy.maxDelayMs }, 1, input.random),
        error.retryAfterMs,
        input.random,
      );
      return { kind: "wait", dueAtMs: input.nowMs + delayMs, code, message };
    }
    case "unavailable":
    case "timeout":
    case "throttled":
    case "internal":
      return bounded(input, error);
  }
}

function bounded(input: DecisionInput, error: IntegrationError): Decision {
  const { code, message, retryAfterMs } = error;
  const { attempt, policy, nowMs } = input;
  if (attempt >= policy.maxAttempts) return { kind: "dead", code, message: `given up after ${attempt} attempts: ${message}` };
  if (nowMs - input.firstAttemptAtMs >= policy.maxAgeMs) {
    return { kind: "dead", code, message: `given up ${nowMs - input.firstAttemptAtMs} ms after the first attempt: ${message}` };
  }
  const stepMs = scheduledDelayMs(policy, attempt, input.random);
  if (stepMs === undefined)
    return { kind: "dead", code, message: `given up after ${attempt} attempts, the end of the schedule: ${message}` };
  const delayMs = atLeastRetryAfterMs(stepMs, retryAfterMs, input.random);
  return { kind: "wait", dueAtMs: nowMs + delayMs, code, message };
}

/** The delay after this attempt; `undefined` when the schedule is used up. */
function scheduledDelayMs(policy: RetryPolicy, attempt: number, random: number): number | undefined {
  if (policy.scheduleMs === undefined) return backoffMs(policy, attempt, random);
  const stepMs = policy.scheduleMs[attempt - 1];
  return stepMs === undefined ? undefined : withJitter(stepMs, random);
}
