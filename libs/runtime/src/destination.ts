import type { HealthStatus } from "@tapio/integration-core";
import { createCondition, type Condition } from "./condition.ts";
import { createDeliveryMetrics } from "./delivery-metrics.ts";
import { createDeadlines } from "./deadlines.ts";
import type { Delivering, DestinationContext } from "./destination-context.ts";
import type { DestinationDrain, DestinationStatus } from "./destination-status.ts";
import type { DestinationOptions } from "./destination-spec.ts";
import { createIntegrationHost, type IntegrationHost } from "./integration-host.ts";
import { openContext } from "./open-context.ts";
import { createStatefulDelivery } from "./stateful-delivery.ts";
import { createStatelessDelivery } from "./stateless-delivery.ts";
import { within } from "./wake.ts";

/** One destination of the runtime. */
export interface Destination {
  readonly name: string;
  /** Opens its log and makes its first cursor durable. @throws JournalError */
  prepare(): Promise<void>;
  /** Begins to deliver, in the background. Comes after `prepare`. */
  run(): void;
  status(): DestinationStatus;
  refreshGauges(): void;
  health(signal: AbortSignal): Promise<HealthStatus>;
  passed(sequence: number): Promise<void>;
  /** Lets what is in flight finish within `limitMs`, cuts off the rest, writes what is settled, closes the integration and the log. */
  drain(limitMs: number): Promise<DestinationDrain>;
}

/** What one destination is made of; the last three come with time. */
interface Parts {
  readonly options: DestinationOptions;
  readonly halt: AbortController;
  readonly abandon: AbortController;
  readonly condition: Condition;
  readonly host: IntegrationHost;
  context?: DestinationContext;
  delivering?: Delivering;
  running?: Promise<void>;
}

/** How long a cut off attempt, a last commit and a log may take to end, each. */
const endLimitMs = 2000;

export function createDestination(options: DestinationOptions): Destination {
  const { spec, clock, logger, meter, tracer, random } = options;
  const { name } = spec;
  const [halt, abandon] = [new AbortController(), new AbortController()];
  const condition = createCondition(name, clock, logger);
  const metrics = createDeliveryMetrics(meter, name);

  function stop(state: "disabled" | "fenced", reason: string): void {
    condition.end(state, reason);
    halt.abort();
    parts.context?.ledger.end();
  }
  const disable = (code: string, message: string): void => {
    condition.noteError(code, message);
    stop("disabled", `${code}: ${message}`);
  };
  const host = createIntegrationHost({
    create: spec.create,
    context: { name, logger, meter, tracer, clock },
    clock,
    initializeTimeoutMs: spec.window.attemptTimeoutMs,
    random,
    onRefused: (error) => disable(error.code, error.message),
    onFailing(error) {
      condition.noteError(error.code, error.message);
      condition.work("starting", `initializing failed and is tried again: ${error.message}`);
    },
  });
  const parts: Parts = { options, halt, abandon, condition, host };

  return {
    name,
    async prepare() {
      const hold = (held: boolean): void => parts.delivering?.hold(held);
      parts.context = await openContext(options, {
        metrics,
        condition,
        host,
        halt: halt.signal,
        deadlines: createDeadlines(clock, spec.window.attemptTimeoutMs, abandon.signal),
        disable,
        hold,
        onLost: (error) => stop("fenced", error.message),
      });
      if (halt.signal.aborted) parts.context.ledger.end();
    },
    run() {
      parts.running = deliver(parts).catch((reason: unknown) => {
        disable("internal", `the delivery loop failed, which is a bug: ${reason instanceof Error ? reason.message : String(reason)}`);
      });
    },
    status: () => statusOf(parts),
    refreshGauges: () => metrics.gauges(statusOf(parts)),
    health: (signal) => healthOf(parts, signal),
    passed: (sequence) => parts.context?.ledger.passed(sequence) ?? Promise.resolve(),
    drain: (limitMs) => drain(parts, limitMs),
  };
}

async function deliver(parts: Parts): Promise<void> {
  const { context, host, halt, condition } = parts;
  if (context === undefined) throw new Error("run() comes after prepare()");
  const integration = await host.open(context.ledger.state, halt.signal);
  if (integration === undefined) return;
  const delivering = (integration.snapshot === undefined ? createStatelessDelivery : createStatefulDelivery)(context, integration);
  parts.delivering = delivering;
  condition.work("running");
  await delivering.run();
}

async function healthOf({ condition, delivering, host }: Parts, signal: AbortSignal): Promise<HealthStatus> {
  const { state, reason, lastError } = condition;
  const details = { state };
  if (state !== "running") return { healthy: false, message: reason === "" ? `the destination is ${state}` : reason, details };
  if (lastError?.code === "access_denied" && delivering?.breaker !== "closed")
    return { healthy: false, message: `a person is needed: ${lastError.message}`, details };
  const health = await host.health(signal);
  return { ...health, details: { ...health.details, ...details } };
}

async function drain(parts: Parts, limitMs: number): Promise<DestinationDrain> {
  const { options, halt, abandon, condition, host, context } = parts;
  const { clock, spec } = options;
  const running = parts.running ?? Promise.resolve();
  halt.abort();
  if (limitMs > 0) await within(clock, limitMs, running);
  abandon.abort();
  await within(clock, endLimitMs, running);
  const unfinished = (await within(clock, endLimitMs, parts.delivering?.finish() ?? Promise.resolve(0))) ?? 0;
  await host.close();
  await within(clock, endLimitMs, context?.log.close().catch(() => undefined) ?? Promise.resolve());
  condition.end("stopped", "drained");
  context?.ledger.end();
  const { cursor, lag, waiting } = statusOf(parts);
  return { name: spec.name, cursor, lag, waiting, unfinished };
}

function statusOf({ options, host, context, delivering, condition }: Parts): DestinationStatus {
  const ledger = context?.ledger;
  const cursor = ledger?.cursor ?? 0;
  return {
    name: options.spec.name,
    integration: host.integration?.name ?? "",
    state: condition.state,
    reason: condition.reason,
    breaker: delivering?.breaker ?? "closed",
    cursor,
    lag: ledger === undefined ? 0 : Math.max(0, options.journal.bounds().head - cursor),
    inFlight: delivering?.inFlight ?? 0,
    waiting: ledger?.waiting ?? 0,
    dead: ledger?.dead ?? 0,
    lastError: condition.lastError,
  };
}
