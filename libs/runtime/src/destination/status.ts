import type { HealthStatus } from "@tapio/integration-core";
import type { DestinationState, DestinationStatus } from "../destination-status.ts";
import type { Parts } from "./parts.ts";

export function statusOf({ options, session, opened, condition, metrics, rates, spec, backlog }: Parts): DestinationStatus {
  const cursor = opened?.ledger.cursor ?? 0;
  const delivering = session?.delivering;
  const { state, reason } = stateOf(condition, delivering?.blocked);
  return {
    name: spec.name,
    integration: spec.kind,
    state,
    reason,
    breaker: delivering?.breaker.state ?? "closed",
    cursor,
    lag: opened === undefined ? 0 : Math.max(0, options.journal.bounds().head - cursor),
    lagBytes: backlog.bytes,
    oldestAtMs: backlog.oldestAtMs,
    inFlight: delivering?.inFlight ?? 0,
    waiting: delivering?.waiting ?? opened?.waiting ?? 0,
    parked: delivering?.parked ?? opened?.parked ?? 0,
    nextDueAtMs: delivering?.nextDueAtMs,
    dead: opened?.ledger.dead ?? 0,
    deliveredPerSecond: rates.perSecond("delivered"),
    // An attempt after which a delivery is given up has failed too.
    failedPerSecond: rates.perSecond("failed") + rates.perSecond("dead"),
    delivered: metrics.totals.delivered,
    skipped: metrics.totals.skipped,
    configHash: spec.configHash,
    lastError: condition.lastError,
  };
}

const blocks = {
  key: { state: "blocked_by_key", reason: "too many deliveries are parked behind stuck keys (window.max_parked_records)" },
  retries: { state: "blocked_by_retries", reason: "too many deliveries wait for their next attempt (window.max_waiting_records)" },
} as const;

function stateOf(
  { state, reason }: Pick<Parts["condition"], "state" | "reason">,
  blocked: keyof typeof blocks | undefined,
): { readonly state: DestinationState; readonly reason: string } {
  return state === "running" && blocked !== undefined ? blocks[blocked] : { state, reason };
}

export async function healthOf({ condition, session }: Parts, signal: AbortSignal): Promise<HealthStatus> {
  const { state, reason, lastError } = condition;
  const details = { state };
  if (state !== "running" && state !== "draining")
    return { healthy: false, message: reason === "" ? `the destination is ${state}` : reason, details };
  if (lastError?.code === "access_denied" && session?.delivering?.breaker.state !== "closed")
    return { healthy: false, message: `a person is needed: ${lastError.message}`, details };
  if (session === undefined) return { healthy: false, message: "the destination is not open", details };
  const health = await session.host.health(signal);
  return { ...health, details: { ...health.details, ...details } };
}
