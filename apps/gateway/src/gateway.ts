import type { AddressInfo } from "node:net";
import type { ReloadConfigResponse } from "@tapio/contracts/admin/v1/admin";
import { LogLevel, type DestinationConfig, type GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { createAdmission, type Admission } from "@tapio/ingest";
import type { Clock, Logger } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";
import { createRetention, createRuntime, type DestinationSpec, type Retention, type Runtime } from "@tapio/runtime";
import { destinationSpec, type Expositions } from "./destinations.ts";
import type { Port } from "./http/port.ts";
import { openListener } from "./listeners.ts";
import { openWhenPossible, startWhenPossible } from "./open-when-possible.ts";
import type { ConfigReading, Environment } from "./read-config.ts";
import type { Stage } from "./readiness.ts";
import { createReloads, type Reloads } from "./reload.ts";
import { createServed } from "./serve.ts";
import { retentionOf, settingsOf, shutdownDeadlineOf } from "./settings.ts";
import { stopGateway, type StopParts, type StopReport } from "./stop-gateway.ts";
import { showBuildInfo } from "./telemetry/build-info.ts";
import { createMeter, type GatewayMeter } from "./telemetry/meter.ts";
import { openTracing, traceSettingsOf, type Tracing } from "./telemetry/tracing.ts";
import { tracedAdmission, tracedAppend } from "./traced-admission.ts";

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Metrics of the process itself (CPU, memory, event loop); off in tests, which start many in one process. */
  readonly withProcessMetrics: boolean;
  /** Says where traces go when the configuration does not; absent: nowhere. */
  readonly env?: Environment;
  /** Aborts when nobody wants it to start any more; it counts while the start waits for something. */
  readonly signal?: AbortSignal;
  /** Reads the configuration again, for a reload. */
  readConfig(): ConfigReading;
  /** Destinations that no configuration names, beside those that it does: for benchmarks and the like, which compose a gateway of their own. */
  readonly extraDestinations?: readonly DestinationSpec[];
  /** Called when a reload changes the log's level. */
  setLogLevel?(level: LogLevel): void;
}

export interface Gateway {
  /** Where it listens, in the configuration's order. */
  readonly addresses: readonly AddressInfo[];
  /**
   * Reads the configuration again: destinations that changed restart, the others go on undisturbed; what needs a restart of the process is named.
   * @throws ControlError with every problem; nothing was changed then.
   */
  reload(): Promise<ReloadConfigResponse>;
  /**
   * Stops in order within the configured deadline: accepts no more, settles what is in flight, keeps the rest for the next start. `hurry` cuts
   * off what is in flight. See docs/specs/shutdown.md.
   */
  stop(hurry?: AbortSignal): Promise<StopReport>;
}

/**
 * Starts in the order in which mistakes are cheapest: the journal, the listeners (which answer probes alone), then the destinations, whose
 * cursors are committed before the listeners open, so that nothing acknowledged is missed.
 * @throws StartError with what to do. @throws StartCanceled
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, clock, logger, signal = new AbortController().signal } = options;
  const settings = settingsOf(config);
  const meter = createMeter({ withProcessMetrics: options.withProcessMetrics });
  showBuildInfo(meter);
  await using started = new AsyncDisposableStack();

  const tracing = await openTracing(traceSettingsOf(config.telemetry, options.env ?? {}), logger, meter);
  started.defer(() => tracing.close(0));
  const journal = await openWhenPossible({ settings, clock, logger, signal });
  started.defer(() => journal.close());
  const expositions: Expositions = new Map();
  const runtime = createRuntime({
    ...{ journal, clock, logger, meter, tracer: tracing.tracer, random: Math.random },
    destinations: specsOf(config.destinations, expositions, options),
  });
  const retention = createRetention({ journal, clock, logger, meter, policy: settings.retention, pinned: () => runtime.pinned() });
  const admission = openAdmission({ journal, runtime, clock, meter, tracing, limits: settings.ingest });
  started.defer(() => admission.close());
  const shutdown = new AbortController();
  const ports: Port[] = [];
  let stage: Stage = "starting";
  let { shutdownDeadlineMs } = settings;
  const reloads = openReloads({
    options,
    meter,
    runtime,
    retention,
    expositions,
    setDeadline: (deadlineMs) => (shutdownDeadlineMs = deadlineMs),
  });
  const served = createServed({
    ...{ journal, runtime, admission, settings, meter, expositions, clock, logger },
    control: { ...runtime.control, reloadConfig: (request) => reloads.reload(request) },
    ports: () => ports,
    shutdown: shutdown.signal,
    stage: () => stage,
  });
  started.defer(() => Promise.all(ports.map((port) => port.close(0))).then(() => undefined));
  for (const listener of settings.listeners) ports.push(await openListener(listener, settings, served, logger));
  started.defer(() => runtime.close());
  await startWhenPossible(runtime, { clock, logger, signal });
  retention.start();
  stage = "open";

  started.move();
  const turnAway = (): Promise<void> => {
    stage = "stopping";
    shutdown.abort();
    return reloads.close();
  };
  const parts: StopParts = { turnAway, ports, admission, retention, runtime, tracing, journal };
  let stopping: Promise<StopReport> | undefined;
  return {
    addresses: ports.map((port) => port.address),
    reload: () => reloads.reload({ dryRun: false }),
    stop: (hurry = new AbortController().signal) =>
      (stopping ??= stopGateway(parts, { deadlineMs: shutdownDeadlineMs, hurry, clock, logger })),
  };
}

function specsOf(configured: readonly DestinationConfig[], expositions: Expositions, options: GatewayOptions): DestinationSpec[] {
  return [...configured.map((destination) => destinationSpec(destination, expositions)), ...(options.extraDestinations ?? [])];
}

interface ReloadParts {
  readonly options: GatewayOptions;
  readonly meter: GatewayMeter;
  readonly runtime: Runtime;
  readonly retention: Retention;
  readonly expositions: Expositions;
  setDeadline(deadlineMs: number): void;
}

function openReloads({ options, meter, runtime, retention, expositions, setDeadline }: ReloadParts): Reloads {
  const specs = (destinations: readonly DestinationConfig[]): DestinationSpec[] => specsOf(destinations, expositions, options);
  return createReloads({
    ...{ started: options.config, clock: options.clock, logger: options.logger, meter },
    read: () => options.readConfig(),
    plan: async (destinations) => runtime.plan(specs(destinations)),
    async apply(destinations) {
      try {
        return await retention.hold(() => runtime.apply(specs(destinations)));
      } finally {
        const kept = new Set(runtime.status().map(({ name }) => name));
        for (const name of expositions.keys()) if (!kept.has(name)) expositions.delete(name);
      }
    },
    settle(config) {
      retention.change(retentionOf(config.journal));
      setDeadline(shutdownDeadlineOf(config));
      options.setLogLevel?.(config.log?.level ?? LogLevel.UNSPECIFIED);
    },
  });
}

interface AdmissionParts {
  readonly journal: Journal;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly meter: GatewayMeter;
  readonly tracing: Tracing;
  readonly limits: { readonly recordBytesMax: number; readonly pendingBytesMax: number };
}

/** Wrapped for traces only when there are any: it is the hottest path. */
function openAdmission({
  journal,
  runtime,
  clock,
  meter,
  tracing,
  limits: { recordBytesMax, pendingBytesMax },
}: AdmissionParts): Admission {
  const limits = { recordBytesMax, pendingBytesMax };
  const { isOn, tracer } = tracing;
  const pressure = (): ReturnType<Runtime["pressure"]> => runtime.pressure();
  const admission = createAdmission({ journal: isOn ? tracedAppend(journal, tracer) : journal, clock, meter, limits, pressure });
  return isOn ? tracedAdmission(admission, tracer) : admission;
}
