import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { BreakerState, DestinationSchema, DestinationState, type Destination as DestinationMessage } from "@tapio/contracts/admin/v1/admin";
import type { Destination } from "../destination/destination.ts";
import type { DestinationStatus } from "../destination-status.ts";
import type { RuntimeParts } from "../runtime-parts.ts";
import { withRemovedLogs } from "./removed-logs.ts";

const states: Readonly<Record<DestinationStatus["state"], DestinationState>> = {
  starting: DestinationState.STARTING,
  running: DestinationState.RUNNING,
  backing_off: DestinationState.BACKING_OFF,
  journal_failing: DestinationState.JOURNAL_FAILING,
  draining: DestinationState.DRAINING,
  blocked_by_key: DestinationState.BLOCKED_BY_KEY,
  blocked_by_retries: DestinationState.BLOCKED_BY_RETRIES,
  paused: DestinationState.PAUSED,
  disabled: DestinationState.DISABLED,
  fenced: DestinationState.FENCED,
  stopped: DestinationState.DRAINING,
};

const breakers: Readonly<Record<DestinationStatus["breaker"], BreakerState>> = {
  closed: BreakerState.CLOSED,
  open: BreakerState.OPEN,
  half_open: BreakerState.HALF_OPEN,
  recovering: BreakerState.HALF_OPEN,
};

export async function listDestinations(parts: RuntimeParts): Promise<readonly DestinationMessage[]> {
  const configured = await Promise.all([...parts.destinations.values()].map((destination) => messageOf(parts, destination)));
  const removed: DestinationMessage[] = [];
  await withRemovedLogs(parts, async (log) => {
    const { waiting, parked, dead } = await log.counts();
    removed.push(
      create(DestinationSchema, {
        name: log.destination,
        integration: log.kind,
        state: DestinationState.REMOVED,
        reason: "not in the configuration; what it holds is delivered when its name is configured again",
        cursor: BigInt(log.cursor ?? 0),
        ...{ waiting: BigInt(waiting), parked: BigInt(parked), deadLetters: BigInt(dead) },
      }),
    );
  });
  return [...configured, ...removed];
}

/** How long a destination's probe may take before the listing goes out without it. */
const probeLimitMs = 3000;

export async function messageOf({ options }: RuntimeParts, destination: Destination): Promise<DestinationMessage> {
  const health = await destination.health(AbortSignal.timeout(probeLimitMs));
  const status = destination.status();
  const { state, breaker, lastError, oldestAtMs, nextDueAtMs } = status;
  return create(DestinationSchema, {
    name: status.name,
    integration: status.integration,
    state: state === "running" && breaker === "open" ? DestinationState.BREAKER_OPEN : states[state],
    reason: status.reason,
    breaker: breakers[breaker],
    cursor: BigInt(status.cursor),
    lagRecords: BigInt(status.lag),
    lagBytes: BigInt(status.lag === 0 ? 0 : status.lagBytes),
    ...(status.lag === 0 || oldestAtMs === undefined ? {} : { lagTime: durationFromMs(Math.max(0, options.clock.now() - oldestAtMs)) }),
    inFlight: BigInt(status.inFlight),
    waiting: BigInt(status.waiting),
    parked: BigInt(status.parked),
    deadLetters: BigInt(status.dead),
    ...(nextDueAtMs === undefined ? {} : { nextAttemptTime: timestampFromMs(nextDueAtMs) }),
    ...(lastError === undefined
      ? {}
      : { lastFailure: { startTime: timestampFromMs(lastError.atMs), code: lastError.code, message: lastError.message } }),
    delivered: BigInt(status.delivered),
    skipped: BigInt(status.skipped),
    deliveredPerSecond: status.deliveredPerSecond,
    failedPerSecond: status.failedPerSecond,
    healthy: health.healthy,
    healthMessage: health.message,
    configHash: status.configHash,
  });
}
