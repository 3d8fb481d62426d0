import { FilterError } from "@tapio/domain";
import type { IntegrationError } from "@tapio/integration-core";
import type { DeliveryRow, DestinationLog, JournalError } from "@tapio/journal";
import { backoffMs } from "../backoff.ts";
import { createCommitter } from "../committer.ts";
import type { Breaker } from "../breaker.ts";
import type { Condition } from "../condition.ts";
import type { Damage } from "../damage.ts";
import { createDeadlines } from "../deadlines.ts";
import type { DeliveryMetrics } from "../delivery-metrics.ts";
import { journalTrouble, type Delivering, type DestinationContext } from "../destination-context.ts";
import type { DestinationOptions } from "../destination-spec.ts";
import { createIntegrationHost, type IntegrationHost } from "../integration-host.ts";
import { compileJudge, type Judge } from "../judge.ts";
import type { Ledger } from "../ledger.ts";
import { createPagedReader } from "../paged-reader.ts";
import { createStatelessDelivery } from "../session/stateless-delivery.ts";
import { createStatefulDelivery } from "../stateful/stateful-delivery.ts";
import { pause, within } from "../wake.ts";
import { logBreaker, logPartial } from "./session-logs.ts";

export interface SessionOptions extends DestinationOptions {
  readonly log: DestinationLog;
  readonly ledger: Ledger;
  readonly condition: Condition;
  readonly metrics: DeliveryMetrics;
  /** What is known of the receiver. */
  readonly breaker: Breaker;
  /** What waits is due at once. */
  readonly isImpatient: boolean;
  /** It cannot go on: a person is needed. */
  onDisabled(code: string, message: string): void;
  onLost(error: JournalError): void;
  /** The log is further than this session knows: another one must begin from it. */
  onStale(): void;
  onDamaged(damage: Damage): void;
  /** Everything up to `drainTo` is settled. */
  onDrained(): void;
}

/** One run of a destination, from a start to the next stop. */
export interface Session {
  readonly host: IntegrationHost;
  readonly delivering: Delivering | undefined;
  /** Resolves when its integration is initialized, or will not be. */
  readonly begun: Promise<void>;
  drainTo(sequence: number): void;
  /** What `drainTo` asked for. */
  readonly drainingTo: number | undefined;
  /** Waiting rows were made durable beside it, while the integration is initialized too: then perhaps after the log's rows were read. */
  rowsAdded(rows: readonly DeliveryRow[]): void;
  /** These dead rows are about to be changed beside it. */
  takeOver(sequences: readonly number[]): void;
  /** No new attempts; what is in flight goes on until `stop`. */
  halt(): void;
  /**
   * Lets what is in flight finish within `limitMs`, cuts off the rest, writes what is settled, closes the integration. Gives back how many deliveries
   * were taken up and not finished. May be called again with another limit: the one that ends first counts.
   */
  stop(limitMs: number): Promise<number>;
}

/** How long a cut off attempt and a last commit may take to end, each. */
const endLimitMs = 2000;
const rowsBackoff = { initialDelayMs: 100, maxDelayMs: 30_000, multiplier: 2 };

export function startSession(given: SessionOptions): Session {
  const [halt, abandon] = [new AbortController(), new AbortController()];
  const options = haltedAtTheEnd(given, halt);
  const { clock, ledger } = options;
  const host = hostOf(options);
  let delivering: Delivering | undefined;
  let context: DestinationContext | undefined;
  let drainTo: number | undefined;
  const early: DeliveryRow[] = [];
  let stopped: Promise<number> | undefined;
  const begun = Promise.withResolvers<void>();

  async function deliver(): Promise<void> {
    context = await contextOf(options, { host, halt: halt.signal, abandon: abandon.signal, hold: (held) => delivering?.hold(held) });
    const integration = context === undefined ? undefined : await host.open(ledger.state, halt.signal);
    if (context === undefined || integration === undefined) return;
    delivering = (integration.snapshot === undefined ? createStatelessDelivery : createStatefulDelivery)(context, integration);
    options.condition.work(drainTo === undefined ? "running" : "draining");
    if (early.length > 0) delivering.rowsAdded(early);
    if (drainTo !== undefined) delivering.drainTo(drainTo);
    begun.resolve();
    if ((await delivering.run()) === "drained") options.onDrained();
  }
  const running = deliver()
    .catch((reason: unknown) => loopFailed(options, reason))
    .finally(() => begun.resolve());

  async function end(): Promise<number> {
    await Promise.race([running, untilAborted(abandon.signal)]);
    await within(clock, endLimitMs, running);
    const unfinished = (await within(clock, endLimitMs, delivering?.finish() ?? Promise.resolve(0))) ?? 0;
    await host.close();
    return unfinished;
  }

  return {
    host,
    begun: begun.promise,
    get delivering() {
      return delivering;
    },
    get drainingTo() {
      return drainTo;
    },
    drainTo(sequence) {
      drainTo = sequence;
      delivering?.drainTo(sequence);
    },
    rowsAdded: (rows) => (delivering === undefined ? void early.push(...rows) : delivering.rowsAdded(rows)),
    takeOver: (sequences) => context?.committer.leaveOut(sequences),
    halt: () => halt.abort(),
    stop(limitMs) {
      halt.abort();
      if (limitMs <= 0) abandon.abort();
      else void within(clock, limitMs, running).then(() => abandon.abort());
      stopped ??= end();
      return stopped;
    },
  };
}

function loopFailed(options: SessionOptions, reason: unknown): void {
  const why = reason instanceof Error ? reason.message : String(reason);
  options.onDisabled("internal", `the delivery loop failed, which is a bug: ${why}`);
}

/** The session begins nothing more when it cannot go on. */
function haltedAtTheEnd(given: SessionOptions, halt: AbortController): SessionOptions {
  return {
    ...given,
    onDisabled(code, message) {
      halt.abort();
      given.onDisabled(code, message);
    },
    onLost(error) {
      halt.abort();
      given.onLost(error);
    },
    onStale() {
      halt.abort();
      given.onStale();
    },
    onDamaged(damage) {
      halt.abort();
      given.onDamaged(damage);
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function hostOf({ spec, clock, logger, meter, tracer, random, condition, onDisabled }: SessionOptions): IntegrationHost {
  return createIntegrationHost({
    create: spec.create,
    context: { name: spec.name, logger, meter, tracer, clock },
    clock,
    initializeTimeoutMs: spec.window.attemptTimeoutMs,
    random,
    onRefused: (error) => onDisabled(error.code, error.message),
    onFailing(error: IntegrationError) {
      condition.noteError(error.code, error.message);
      condition.work("starting", `initializing failed and is tried again: ${error.message}`);
    },
  });
}

interface ContextParts {
  readonly host: IntegrationHost;
  readonly halt: AbortSignal;
  readonly abandon: AbortSignal;
  hold(isHeld: boolean): void;
}

/** `undefined`: it was halted, or filter or key cannot be compiled. */
async function contextOf(options: SessionOptions, { host, halt, abandon, hold }: ContextParts): Promise<DestinationContext | undefined> {
  const { spec, log, clock, random, condition, logger, onDisabled } = options;
  const judge = judgeOf(options);
  const found = judge === undefined ? undefined : await readRows(options, halt);
  if (judge === undefined || found === undefined) return undefined;
  const { cursor, rows } = found;
  const committer = createCommitter({
    ...{ log, clock, random, onLost: options.onLost, onStale: options.onStale },
    onFailing(error) {
      condition.journal("commit", journalTrouble("committing", error));
      hold(error !== undefined);
    },
  });
  return {
    ...options,
    reader: createPagedReader(options.reader, clock),
    ...{ host, halt, judge, committer, cursor, rows },
    ...{ name: spec.name, retry: spec.retry, window: spec.window, configHash: spec.configHash },
    isOrdered: spec.ordering?.by === "key",
    above: new Set(rows.filter((row) => row.sequence > cursor).map((row) => row.sequence)),
    deadlines: createDeadlines(clock, spec.window.attemptTimeoutMs, abandon),
    disable: onDisabled,
    onPartial: logPartial(options, logger),
    onBreaker: logBreaker(logger, spec.name),
  };
}

function judgeOf({ spec, onDisabled }: SessionOptions): Judge | undefined {
  try {
    return compileJudge(spec.filter, spec.ordering ?? { by: "none" });
  } catch (reason) {
    const where = reason instanceof FilterError && reason.field === "ordering_key" ? "ordering_key" : "filter";
    onDisabled("config_invalid", `${where}: ${reason instanceof Error ? reason.message : String(reason)}`);
    return undefined;
  }
}

/**
 * The cursor, and all rows but dead ones at or below it, without records; both of the same moment, whatever a commit does that the session before gave up
 * waiting for. What fails is tried again until the session is halted.
 */
async function readRows(
  { log, ledger, clock, random, condition }: SessionOptions,
  halt: AbortSignal,
): Promise<{ readonly cursor: number; readonly rows: readonly DeliveryRow[] } | undefined> {
  for (let failures = 0; !halt.aborted;) {
    try {
      ledger.recount((await log.counts()).dead);
      const { cursor } = ledger;
      const rows = [
        ...(await allRows(log, { state: "waiting", after: 0 })),
        ...(await allRows(log, { state: "parked", after: 0 })),
        ...(await allRows(log, { state: "dead", after: cursor })),
      ];
      condition.journal("rows", undefined);
      if (ledger.cursor === cursor) return { cursor, rows };
    } catch (reason) {
      failures += 1;
      condition.journal("rows", journalTrouble("reading rows", reason));
      await pause(clock, backoffMs(rowsBackoff, failures, random()), halt);
    }
  }
  return undefined;
}

/** Every row of a state above `after`, a page at a time. */
async function allRows(log: DestinationLog, from: { state: DeliveryRow["state"]; after: number }): Promise<readonly DeliveryRow[]> {
  const found: DeliveryRow[] = [];
  const limit = 1000;
  for (let after = from.after, isLast = false; !isLast;) {
    const rows = await log.rows({ state: from.state, after, limit, withoutBytes: true });
    found.push(...rows);
    after = rows.at(-1)?.sequence ?? after;
    isLast = rows.length < limit;
  }
  return found;
}
