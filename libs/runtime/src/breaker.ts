import type { IntegrationErrorCode, Outcome } from "@tapio/integration-core";
import { atLeastRetryAfterMs, backoffMs, retryAfterMaxMs } from "./backoff.ts";

/** When a breaker opens, and how it probes. */
export interface BreakerPolicy {
  /** Attempts in a row that find the receiver not working, none delivered between, before it opens. */
  readonly failuresToOpen: number;
  readonly firstProbeDelayMs: number;
  readonly maxProbeDelayMs: number;
  /** Records in flight at which a breaker that closes slowly is closed. */
  readonly recoveredAtRecords: number;
}

export type Breaker =
  | { readonly state: "closed"; readonly failures: number }
  /** No attempts; from `probeAtMs` on one probe may go. `probes` have failed so far. */
  | { readonly state: "open"; readonly code: IntegrationErrorCode; readonly probes: number; readonly probeAtMs: number }
  /** One probe is out. */
  | { readonly state: "half_open"; readonly code: IntegrationErrorCode; readonly probes: number }
  /** A probe was delivered: a few records at a time go, twice as many after each attempt that is delivered. */
  | { readonly state: "recovering"; readonly code: IntegrationErrorCode; readonly probes: number; readonly recordsMax: number };

/** What one attempt says of the receiver. */
export type Finding =
  | { readonly kind: "works" }
  /** Says nothing of the receiver: skipped, refused record, bug, canceled. */
  | { readonly kind: "unknown" }
  | { readonly kind: "fails"; readonly code: IntegrationErrorCode; readonly retryAfterMs: number | undefined };

/** May an attempt begin? */
export type Permit =
  /** With so many records in flight at most. */
  | { readonly kind: "go"; readonly recordsMax: number }
  | { readonly kind: "probe" }
  | { readonly kind: "wait"; readonly untilMs: number | undefined };

/** Nobody asks for a longer wait: what is further away was reckoned before the clock was set back. */
const longestWaitMs = retryAfterMaxMs * 1.1;

const goOn: Permit = Object.freeze({ kind: "go", recordsMax: Infinity });

export const closedBreaker: Breaker = Object.freeze({ state: "closed", failures: 0 });

export function permit(breaker: Breaker, nowMs: number): Permit {
  switch (breaker.state) {
    case "closed":
      return goOn;
    case "recovering":
      return { kind: "go", recordsMax: breaker.recordsMax };
    case "open":
      return nowMs >= breaker.probeAtMs || breaker.probeAtMs - nowMs > longestWaitMs
        ? { kind: "probe" }
        : { kind: "wait", untilMs: breaker.probeAtMs };
    case "half_open":
      return { kind: "wait", untilMs: undefined };
  }
}

/** The probe goes out. */
export function probing(breaker: Breaker): Breaker {
  return breaker.state === "open" ? { state: "half_open", code: breaker.code, probes: breaker.probes } : breaker;
}

/** What an attempt that was let through while closed tells. While the breaker is open only the probe's word counts, and longer waits that a receiver asks for. */
export function afterAttempt(breaker: Breaker, finding: Finding, policy: BreakerPolicy, nowMs: number, random: number): Breaker {
  if (finding.kind === "unknown" || breaker.state === "half_open") return breaker;
  if (breaker.state === "open") {
    if (finding.kind !== "fails" || finding.retryAfterMs === undefined) return breaker;
    return { ...breaker, probeAtMs: Math.max(breaker.probeAtMs, nowMs + atLeastRetryAfterMs(0, finding.retryAfterMs, random)) };
  }
  if (breaker.state === "recovering") return whileRecovering(breaker, finding, policy, nowMs, random);
  if (finding.kind === "works") return closedBreaker;
  const failures = breaker.failures + 1;
  if (finding.code !== "throttled" && failures < policy.failuresToOpen) return { state: "closed", failures };
  return opened(finding, 0, policy, nowMs, random);
}

/** It goes on twice as fast, or opens again for longer. */
function whileRecovering(
  breaker: Breaker & { state: "recovering" },
  finding: Finding & { kind: "works" | "fails" },
  policy: BreakerPolicy,
  nowMs: number,
  random: number,
): Breaker {
  if (finding.kind === "fails") return opened(finding, breaker.probes + 1, policy, nowMs, random);
  const recordsMax = breaker.recordsMax * 2;
  return recordsMax >= policy.recoveredAtRecords ? closedBreaker : { ...breaker, recordsMax };
}

/** What the probe tells: it begins to close, opens again for longer, or asks for another probe at once when nothing was learned. */
export function afterProbe(breaker: Breaker, finding: Finding, policy: BreakerPolicy, nowMs: number, random: number): Breaker {
  if (breaker.state !== "half_open") return breaker;
  switch (finding.kind) {
    case "works":
      return { state: "recovering", code: breaker.code, probes: breaker.probes, recordsMax: 2 };
    case "unknown":
      return { state: "open", code: breaker.code, probes: breaker.probes, probeAtMs: nowMs };
    case "fails":
      return opened(finding, breaker.probes + 1, policy, nowMs, random);
  }
}

/** What the outcomes of one attempt, one or many records, say of the receiver. Throttling counts before anything that was taken beside it. */
export function findingOf(outcomes: readonly Outcome[]): Finding {
  let works = false;
  let fails: { kind: "fails"; code: IntegrationErrorCode; retryAfterMs: number | undefined } | undefined;
  for (const outcome of outcomes) {
    if (outcome.kind === "delivered") works = true;
    if (outcome.kind !== "failed") continue;
    const { code, retryAfterMs } = outcome.error;
    if (code !== "unavailable" && code !== "timeout" && code !== "access_denied" && code !== "throttled") continue;
    const longest = Math.max(fails?.retryAfterMs ?? 0, retryAfterMs ?? 0);
    fails = { kind: "fails", code: fails?.code === "throttled" ? "throttled" : code, retryAfterMs: longest === 0 ? undefined : longest };
  }
  if (fails?.code === "throttled") return fails;
  if (works) return { kind: "works" };
  return fails ?? { kind: "unknown" };
}

function opened(finding: Finding & { kind: "fails" }, probes: number, policy: BreakerPolicy, nowMs: number, random: number): Breaker {
  const shape = { initialDelayMs: policy.firstProbeDelayMs, maxDelayMs: policy.maxProbeDelayMs, multiplier: 2 };
  const delayMs = atLeastRetryAfterMs(backoffMs(shape, probes + 1, random), finding.retryAfterMs, random);
  return { state: "open", code: finding.code, probes, probeAtMs: nowMs + delayMs };
}
