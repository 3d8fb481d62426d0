import { ControlError, type HealthStatus } from "@tapio/integration-core";
import type { Backlog, DeliveryRow } from "@tapio/journal";
import { closedBreaker, type Breaker } from "../breaker.ts";
import { createCondition } from "../condition.ts";
import type { Damage } from "../damage.ts";
import { createDeliveryMetrics } from "../delivery-metrics.ts";
import type { DestinationOptions, DestinationSpec } from "../destination-spec.ts";
import type { DestinationDrain, DestinationStatus } from "../destination-status.ts";
import { within } from "../wake.ts";
import { controlOf, encodeControl, type ControlState } from "./control-state.ts";
import { giveUpRange } from "./give-up-range.ts";
import { openLog, otherKind, type OpenedLog } from "./open-log.ts";
import { createTurns } from "../turns.ts";
import { createRates } from "./rates.ts";
import { startSession } from "./session.ts";
import { showState } from "./still-state.ts";
import type { Parts } from "./parts.ts";
import { healthOf, statusOf } from "./status.ts";

/** One destination of the runtime. What changes it is done one after the other. */
export interface Destination {
  readonly spec: DestinationSpec;
  /** Its log; `undefined` before `prepare`. */
  readonly opened: OpenedLog | undefined;
  /** Opens its log and makes its first cursor durable. @throws JournalError */
  prepare(): Promise<void>;
  /** Begins to deliver, in the background, unless someone stopped it. Comes after `prepare`. */
  run(): void;
  /** Resolves when its integration is initialized, or will not be. */
  begun(): Promise<void>;
  status(): DestinationStatus;
  /** Looks at the backlog and shows everything in the metrics. @throws JournalError */
  look(): Promise<Backlog>;
  health(signal: AbortSignal): Promise<HealthStatus>;
  passed(sequence: number): Promise<void>;
  pause(reason: string): Promise<void>;
  resume(): Promise<void>;
  /** Settles everything up to the head, and pauses. */
  drainToHead(): Promise<void>;
  /** Stops delivering, does the work with the log to itself, and goes on as it was. */
  between<T>(work: (opened: OpenedLog) => Promise<T>): Promise<T>;
  /** Takes another configuration of the same name. */
  replace(spec: DestinationSpec): Promise<void>;
  /** Waiting rows were made durable beside it. */
  rowsAdded(rows: readonly DeliveryRow[]): void;
  /** An operator is about to replay or discard these dead rows. */
  takeOver(sequences: readonly number[]): void;
  /** Lets what is in flight finish within `limitMs`, cuts off the rest, writes what is settled, closes the integration and the log. */
  drain(limitMs: number): Promise<DestinationDrain>;
  /** Nothing new begins; what is in flight goes on. */
  halt(): void;
}

/** How long what is in flight may take to end when an operator stops a destination or changes its configuration. */
const operatorLimitMs = 10_000;
const endLimitMs = 2000;
const drainedReason = "drained: everything up to the head of that moment is settled";

export function createDestination(options: DestinationOptions): Destination {
  const { spec, clock, logger, meter } = options;
  const metrics = createDeliveryMetrics(meter, spec.name);
  const parts: Parts = {
    options,
    condition: createCondition(spec.name, clock, logger),
    metrics,
    rates: createRates(clock, metrics.totals),
    spec,
    opened: undefined,
    session: undefined,
    still: undefined,
    backlog: { records: 0, bytes: 0, oldestAtMs: undefined },
    breaker: closedBreaker,
    isImpatient: false,
    isOver: false,
    drained: undefined,
    onDrained: () => undefined,
    onStale: () => undefined,
    onDamaged: () => undefined,
  };
  const inTurn = createTurns();
  parts.onDrained = () => void inTurn(() => pauseDrained(parts)).catch(() => undefined);
  parts.onStale = () => void inTurn(() => between(parts, () => Promise.resolve())).catch(() => undefined);
  parts.onDamaged = (damage) => void inTurn(() => between(parts, (opened) => passDamage(parts, opened, damage))).catch(() => undefined);
  return {
    get spec() {
      return parts.spec;
    },
    get opened() {
      return parts.opened;
    },
    prepare: () => prepare(parts),
    run: () => run(parts),
    begun: () => parts.session?.begun ?? parts.still?.begun ?? Promise.resolve(),
    status: () => statusOf(parts),
    look: () => look(parts),
    health: (signal) => healthOf(parts, signal),
    passed: (sequence) => parts.opened?.ledger.passed(sequence) ?? Promise.resolve(),
    pause: (reason) => inTurn(() => pauseDelivery(parts, reason)),
    resume: () => inTurn(() => resume(parts)),
    drainToHead: () => inTurn(() => drainToHead(parts)),
    between: (work) => inTurn(() => between(parts, work)),
    replace: (next) => inTurn(() => replace(parts, next)),
    rowsAdded: (rows) => parts.session?.rowsAdded(rows),
    takeOver: (sequences) => parts.session?.takeOver(sequences),
    drain: (limitMs) => drain(parts, limitMs),
    halt: () => parts.session?.halt(),
  };
}

async function prepare(parts: Parts): Promise<void> {
  const { options, spec, condition } = parts;
  parts.opened = await openLog(options.journal, spec, options.clock);
  const { problem, ledger } = parts.opened;
  if (problem === undefined) return;
  condition.noteError("config_invalid", problem);
  condition.end("disabled", `config_invalid: ${problem}`);
  ledger.end();
}

/** Starts a session, unless the destination was stopped for good or by someone. */
function run(parts: Parts): void {
  const { options, spec, condition, opened, metrics } = parts;
  if (opened === undefined) throw new Error("run() comes after prepare()");
  // An operator was quicker than the reload that brought it.
  if (parts.session !== undefined) return;
  if (opened.problem !== undefined) return;
  const control = controlOf(opened.log.control, spec.configHash);
  if (control.kind !== "delivers") {
    standStill(parts, control);
    parts.still ??= showState(parts);
    return;
  }
  const { log, ledger } = opened;
  const end = (state: "disabled" | "fenced", reason: string): void => {
    condition.end(state, reason);
    ledger.end();
  };
  parts.session = startSession({
    ...{ ...options, spec, log, ledger, condition, metrics, breaker: parts.breaker, isImpatient: parts.isImpatient },
    onDisabled(code, message) {
      condition.noteError(code, message);
      end("disabled", `${code}: ${message}`);
      if (code === "gone") void writeControl(parts, { kind: "gone", reason: message });
    },
    onLost: (error) => end("fenced", error.message),
    onDrained: () => parts.onDrained(),
    onStale: () => parts.onStale(),
    onDamaged: (damage) => parts.onDamaged(damage),
  });
}

function standStill({ condition, opened }: Parts, control: Exclude<ControlState, { kind: "delivers" }>): void {
  if (control.kind === "paused") condition.end("paused", control.reason);
  else condition.end("disabled", `gone: ${control.reason}; resume the destination when the receiver wants records again`);
  opened?.ledger.end();
}

async function look(parts: Parts): Promise<Backlog> {
  const { options, opened, metrics, rates } = parts;
  const cursor = opened?.ledger.cursor ?? 0;
  if (opened !== undefined) parts.backlog = await options.journal.backlog(cursor);
  rates.sample();
  const status = statusOf(parts);
  const { oldestAtMs } = parts.backlog;
  metrics.gauges({ ...status, lagSeconds: oldestAtMs === undefined ? 0 : Math.max(0, options.clock.now() - oldestAtMs) / 1000 });
  return parts.backlog;
}

async function writeControl({ opened, options, spec, condition }: Parts, control: ControlState): Promise<void> {
  try {
    await opened?.log.commit({ control: encodeControl(control, options.clock.now(), spec.configHash) });
  } catch (reason) {
    const why = reason instanceof Error ? reason.message : String(reason);
    condition.noteError("internal", `that it is stopped could not be written, and is forgotten at the next start: ${why}`);
  }
}

async function stopSession(parts: Parts, limitMs: number): Promise<number> {
  const { session, still } = parts;
  parts.still = undefined;
  await still?.close();
  if (session === undefined) return 0;
  const unfinished = await session.stop(limitMs);
  const { waiting, parked } = session.delivering ?? {};
  if (parts.opened !== undefined && waiting !== undefined && parked !== undefined) parts.opened = { ...parts.opened, waiting, parked };
  parts.breaker = session.delivering?.breaker ?? closedBreaker;
  parts.session = undefined;
  return unfinished;
}

async function pauseDelivery(parts: Parts, reason: string): Promise<void> {
  const { opened, condition } = parts;
  if (opened === undefined) return;
  const control: ControlState = { kind: "paused", reason };
  await opened.log.commit({ control: encodeControl(control, parts.options.clock.now(), parts.spec.configHash) });
  await stopSession(parts, operatorLimitMs);
  if (condition.state === "disabled") condition.restart();
  standStill(parts, control);
}

/** What was asked for is done: it stands still even where the journal cannot be told now, and says that it will not be remembered. */
async function pauseDrained(parts: Parts): Promise<void> {
  const control: ControlState = { kind: "paused", reason: drainedReason };
  await writeControl(parts, control);
  await stopSession(parts, operatorLimitMs);
  standStill(parts, control);
}

async function resume(parts: Parts): Promise<void> {
  const { opened, condition, options, spec } = parts;
  if (opened === undefined || condition.state === "fenced" || condition.state === "stopped")
    throw new ControlError("not_now", `destination "${spec.name}" cannot go on: ${condition.reason}`);
  if (opened.problem !== undefined) throw new ControlError("not_now", opened.problem);
  await opened.log.commit({ control: encodeControl({ kind: "delivers" }, options.clock.now(), spec.configHash) });
  await stopSession(parts, operatorLimitMs);
  parts.isImpatient = true;
  restart(parts, closedBreaker);
}

/** Goes on, with what is known of the receiver. `drainTo`: what an operator asked to be settled before the stop. */
function restart(parts: Parts, breaker: Breaker, drainTo?: number): void {
  if (parts.isOver) return;
  parts.breaker = breaker;
  parts.condition.restart();
  parts.opened?.ledger.begin();
  run(parts);
  parts.isImpatient = false;
  if (drainTo !== undefined) parts.session?.drainTo(drainTo);
}

async function drainToHead(parts: Parts): Promise<void> {
  const { session, options, condition, spec } = parts;
  if (session === undefined || ["disabled", "fenced", "paused", "stopped"].includes(condition.state))
    throw new ControlError("not_now", `destination "${spec.name}" is ${condition.state} and settles nothing; resume it first`);
  condition.work("draining", "an operator said so; it is paused when everything is settled");
  session.drainTo(options.journal.bounds().head);
}

async function between<T>(parts: Parts, work: (opened: OpenedLog) => Promise<T>): Promise<T> {
  const { opened, session } = parts;
  if (opened === undefined) throw new ControlError("not_now", `destination "${parts.spec.name}" is not open yet; try again`);
  const isOn = session !== undefined && !["disabled", "fenced", "paused", "stopped"].includes(parts.condition.state);
  const drainTo = session?.drainingTo;
  // One that was disabled is stopped, too: what it has to write comes before the work, not over it.
  if (session !== undefined) await stopSession(parts, operatorLimitMs);
  try {
    return await work(opened);
  } finally {
    if (isOn) restart(parts, parts.breaker, drainTo);
  }
}

/** Records that cannot be read become one dead letter: they hold up nothing, and can be replayed once the journal is mended. @throws JournalError */
async function passDamage({ options, spec }: Parts, opened: OpenedLog, { to, problem }: Damage): Promise<void> {
  const { clock, logger } = options;
  const from = opened.ledger.cursor + 1;
  await giveUpRange(opened, clock, { to, code: "damaged", message: problem, configHash: spec.configHash });
  logger.error(
    { destination: spec.name, from, to, reason: problem },
    "records cannot be read from the journal: a dead letter stands for them",
  );
}

async function replace(parts: Parts, next: DestinationSpec): Promise<void> {
  const { opened, condition } = parts;
  const drainTo = parts.session?.drainingTo;
  await stopSession(parts, operatorLimitMs);
  parts.spec = next;
  if (opened === undefined) return;
  const problem = otherKind(opened.log, next) ?? (opened.log.cursor === undefined ? opened.problem : undefined);
  parts.opened = { ...opened, problem };
  condition.restart();
  if (problem !== undefined) {
    condition.noteError("config_invalid", problem);
    condition.end("disabled", `config_invalid: ${problem}`);
    return;
  }
  parts.isImpatient = true;
  restart(parts, closedBreaker, drainTo);
}

/** Once; a later call with another limit may only make it end earlier. */
function drain(parts: Parts, limitMs: number): Promise<DestinationDrain> {
  void parts.session?.stop(limitMs);
  parts.drained ??= drainOnce(parts, limitMs);
  return parts.drained;
}

async function drainOnce(parts: Parts, limitMs: number): Promise<DestinationDrain> {
  const { options, condition, opened, spec } = parts;
  parts.isOver = true;
  const unfinished = await stopSession(parts, limitMs);
  await within(options.clock, endLimitMs, opened?.log.close().catch(() => undefined) ?? Promise.resolve());
  condition.end("stopped", "stopped in order; what is not settled goes on at the next start");
  opened?.ledger.end();
  const { cursor, lag, waiting } = statusOf(parts);
  return { name: spec.name, cursor, lag, waiting, unfinished };
}
