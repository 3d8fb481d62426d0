import type { Clock, Logger, Meter, Tracer } from "@tapio/integration-core";
import type { DeliveryRow, DestinationLog } from "@tapio/journal";
import { attempt } from "../attempt.ts";
import type { Delivery } from "../machine/delivery.ts";
import { createDeadlines } from "../deadlines.ts";
import { createIntegrationHost, type IntegrationHost } from "../integration-host.ts";
import { rowRecord } from "../machine/clear.ts";
import { withAttempt } from "../machine/history.ts";
import { lateSettlement } from "../machine/settlement-note.ts";
import type { Destination } from "./destination.ts";
import type { OpenedLog } from "./open-log.ts";

export interface StatefulReplayOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly tracer: Tracer;
  random(): number;
}

export interface StatefulReplayTally {
  replayed: number;
  problem: string;
}

/** Why a dead letter that stands for a range stays. */
export const statefulRangeProblem = "a range cannot be replayed to a destination with state of its own: it applies records in order";

/**
 * Applies dead letters to a destination with state of its own, while nothing else does: each delivered one leaves its dead letter and changes the state
 * in one write, so that it counts once. One that fails stays a dead letter, with the attempt in its history.
 */
export async function replayStateful(
  options: StatefulReplayOptions,
  destination: Destination,
  rowsOf: (log: DestinationLog) => AsyncIterable<DeliveryRow>,
  tally: StatefulReplayTally,
): Promise<void> {
  await destination.between(async (opened) => {
    const host = hostOf(options, destination, tally);
    try {
      for await (const row of rowsOf(opened.log)) {
        if (row.through !== undefined) tally.problem = statefulRangeProblem;
        else if (!(await replayOne({ options, destination, opened, host, tally }, row))) break;
      }
    } finally {
      await host.close();
    }
  });
}

interface Scope {
  readonly options: StatefulReplayOptions;
  readonly destination: Destination;
  readonly opened: OpenedLog;
  readonly host: IntegrationHost;
  readonly tally: StatefulReplayTally;
}

const openLimitMs = 10_000;

function hostOf(
  { clock, logger, meter, tracer, random }: StatefulReplayOptions,
  { spec }: Destination,
  tally: StatefulReplayTally,
): IntegrationHost {
  return createIntegrationHost({
    create: spec.create,
    context: { name: spec.name, logger, meter, tracer, clock },
    ...{ clock, random, initializeTimeoutMs: spec.window.attemptTimeoutMs },
    onRefused: ({ message }) => void (tally.problem = message),
    onFailing: ({ message }) => void (tally.problem = message),
  });
}

/** False: the integration cannot be opened. */
async function replayOne({ options, destination, opened, host, tally }: Scope, row: DeliveryRow): Promise<boolean> {
  const { clock } = options;
  const { spec } = destination;
  const integration = host.integration ?? (await host.open(opened.ledger.state, AbortSignal.timeout(openLimitMs)));
  const record = rowRecord(row.bytes);
  if (integration === undefined) return false;
  if ("problem" in record) return true;
  const startedAtMs = clock.now();
  const number = row.attempts + 1;
  const [outcome] = await attempt({
    destination: spec.name,
    integration,
    deliveries: [deliveryOf(row, record.view, number)],
    deadlines: createDeadlines(clock, spec.window.attemptTimeoutMs, new AbortController().signal),
  });
  if (outcome?.kind === "failed") {
    const { code, message } = outcome.error;
    const note = { number, startedAtMs, durationMs: clock.now() - startedAtMs, code, message };
    await opened.log.commit({ put: [{ ...row, attempts: number, code, message, history: withAttempt(row.history, note) }] });
    // What it half applied must reach no commit.
    await host.close();
    return true;
  }
  const state = integration.snapshot?.();
  const skippedReason = outcome?.kind === "skipped" ? outcome.reason : "";
  const settlements = [lateSettlement(row.sequence, clock.now(), spec.configHash, { attempt: number, skippedReason })];
  const change = { remove: [row.sequence], settlements, ...(state === undefined ? {} : { state }) };
  await opened.log.commit(change);
  opened.ledger.committed(change);
  opened.ledger.removedDead(1);
  integration.committed?.();
  tally.replayed += 1;
  return true;
}

function deliveryOf(row: DeliveryRow, view: Delivery["view"], attemptNumber: number): Delivery {
  return {
    ...{ sequence: row.sequence, view, attempt: attemptNumber, history: row.history },
    ...{ appendedAtMs: undefined, firstAttemptAtMs: row.firstAttemptAtMs, key: undefined, place: undefined, held: undefined },
  };
}
