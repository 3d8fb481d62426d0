import type { Outcome } from "@tapio/integration-core";
import { areAllDelivered } from "../all-delivered.ts";
import { attempt } from "../attempt.ts";
import { backoffMs } from "../backoff.ts";
import type { BoundIntegration } from "../bound-integration.ts";
import { lastingDamage } from "../damage.ts";
import { journalTrouble, type DestinationContext } from "../destination-context.ts";
import { rowRecord } from "../machine/clear.ts";
import type { Attempt, FetchedRow, MachineEffect, MachineEvent } from "../machine/events.ts";
import type { HeldRow } from "../machine/delivery.ts";
import type { Tally } from "../machine/machine-state.ts";
import { JournalError } from "@tapio/journal";
import { pause } from "../wake.ts";

export interface ErrandOptions extends DestinationContext {
  readonly integration: BoundIntegration;
  /** Hands the answer to the machine. */
  dispatch(event: MachineEvent): void;
}

/** Does what a machine asks for, and hands it the answers. */
export interface Errands {
  run(effect: MachineEffect): void;
  /** Adds the machine's counts to the metrics, and clears them. */
  report(tally: Tally): void;
}

const backoff = { initialDelayMs: 100, maxDelayMs: 30_000, multiplier: 2 };

export function createErrands(options: ErrandOptions): Errands {
  const { metrics, disable } = options;
  const bug = (doing: string) => (reason: unknown) => {
    disable("internal", `${doing} failed in the runtime, which is a bug: ${reason instanceof Error ? reason.message : String(reason)}`);
  };
  return {
    run(effect) {
      switch (effect.kind) {
        case "attempt":
          return void makeAttempt(options, effect.attempt).catch(bug("an attempt"));
        case "read":
          return void readOn(options, effect.after).catch(bug("reading"));
        case "fetch":
          return void fetchRows(options, effect.rows).catch(bug("fetching rows"));
        case "commit":
          return void commit(options, effect).catch(bug("a commit"));
        case "breaker":
          return options.onBreaker(effect.from, effect.to);
        case "partial":
          return options.onPartial(effect.rejection);
        case "disable":
          return disable(effect.code, effect.message);
        case "drained":
          return;
      }
    },
    report(tally) {
      for (const outcome of ["delivered", "skipped", "failed", "dead", "parked"] as const) {
        if (tally[outcome] > 0) metrics.records(outcome, tally[outcome]);
        tally[outcome] = 0;
      }
      if (tally.retried > 0) metrics.retried(tally.retried);
      tally.retried = 0;
    },
  };
}

async function makeAttempt(options: ErrandOptions, made: Attempt): Promise<void> {
  const { integration, clock, deadlines, metrics, name } = options;
  const { deliveries, startedAtMs } = made;
  const span = options.tracer.startSpan("tapio.delivery.attempt", { "tapio.destination": name, "tapio.records": deliveries.length });
  const outcomes = await span.run(() => attempt({ destination: name, integration, deliveries, deadlines }));
  const nowMs = clock.now();
  metrics.attempted(outcomes, nowMs - startedAtMs);
  metrics.latencies(deliveries, outcomes, nowMs);
  const failure = lastFailure(outcomes);
  if (failure !== undefined) {
    span.run(() => options.condition.noteError(failure.code, failure.message));
    span.setError(`${failure.code}: ${failure.message}`);
  }
  span.end();
  options.dispatch({ kind: "attempted", attempt: made, outcomes });
}

function lastFailure(outcomes: readonly Outcome[]): { readonly code: string; readonly message: string } | undefined {
  if (areAllDelivered(outcomes)) return undefined;
  const last = outcomes.findLast((outcome) => outcome.kind === "failed" && outcome.error.code !== "canceled");
  return last?.kind === "failed" ? last.error : undefined;
}

/** Waits until there is something to read; what fails is tried again until the destination stops. */
async function readOn(options: ErrandOptions, after: number): Promise<void> {
  const { reader, journal, ledger, halt, clock, random, condition, dispatch } = options;
  for (let failures = 0; !halt.aborted;) {
    try {
      const records = await reader.read(after);
      if (failures > 0) condition.journal("read", undefined);
      failures = 0;
      if (halt.aborted) return;
      if (records.length > 0) return dispatch({ kind: "read", records });
      await journal.waitPast(after, halt);
    } catch (reason) {
      if (halt.aborted) return;
      failures += 1;
      condition.journal("read", journalTrouble("reading the journal", reason));
      const damage = lastingDamage(reason, failures);
      // Not before all that comes before it is settled.
      if (damage !== undefined && ledger.cursor >= after) return options.onDamaged(damage);
      await pause(clock, backoffMs(backoff, failures, random()), halt);
    }
  }
}

async function fetchRows(options: ErrandOptions, rows: readonly HeldRow[]): Promise<void> {
  const { clock, condition, dispatch, halt } = options;
  try {
    const fetched = await Promise.all(rows.map((held) => fetchRow(options, held)));
    condition.journal("rows", undefined);
    dispatch({ kind: "fetched", rows: fetched });
  } catch (reason) {
    condition.journal("rows", journalTrouble("reading waiting rows", reason));
    await pause(clock, backoff.initialDelayMs * 10, halt);
    dispatch({ kind: "fetch_failed", rows });
  }
}

async function fetchRow({ log, journal }: ErrandOptions, held: HeldRow): Promise<FetchedRow> {
  const { sequence, state } = held;
  const [row] = await log.rows({ state, after: sequence - 1, limit: 1 });
  if (row?.sequence !== sequence) return { held, isGone: true };
  try {
    return { held, row, ...rowRecord(row.bytes ?? (await journal.get(sequence))?.bytes) };
  } catch (reason) {
    // One record that is damaged for good must not hold up the rows that are fetched with it.
    if (reason instanceof JournalError && reason.code === "corrupt" && reason.damaged !== undefined)
      return { held, row, problem: reason.message };
    throw reason;
  }
}

async function commit(options: ErrandOptions, { change }: MachineEffect & { kind: "commit" }): Promise<void> {
  const { committer, ledger, halt, dispatch } = options;
  const mayBeThere = committer.isFailing;
  const result = await committer.commit(change, halt);
  if (result === "committed") {
    ledger.committed(change);
    // Who replayed or discarded what a failed commit had written after all has counted it down already.
    if (mayBeThere) await recount(options);
  }
  dispatch({ kind: result === "committed" ? "committed" : result === "lost" ? "log_lost" : "commit_failed" });
}

/** Where that cannot be read, the count goes on from what is known until the next session looks. */
async function recount({ ledger, log }: ErrandOptions): Promise<void> {
  try {
    ledger.recount((await log.counts()).dead);
  } catch {
    return;
  }
}
