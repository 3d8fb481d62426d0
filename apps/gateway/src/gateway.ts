import type { AddressInfo } from "node:net";
import type { GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { createAdmission, type Admission } from "@tapio/ingest";
import type { Clock, Logger } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";
import { createRetention, createRuntime } from "@tapio/runtime";
import { destinationSpec, type Expositions } from "./destinations.ts";
import type { Port } from "./http/port.ts";
import { openListener } from "./listeners.ts";
import { openJournal } from "./open-journal.ts";
import type { Environment } from "./read-config.ts";
import type { Stage } from "./readiness.ts";
import { createServed } from "./serve.ts";
import { settingsOf } from "./settings.ts";
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
}

export interface Gateway {
  /** Where it listens, in the configuration's order. */
  readonly addresses: readonly AddressInfo[];
  /**
   * Stops in order within the configured deadline: accepts no more, settles what is in flight, keeps the rest for the next start. `hurry` cuts
   * off what is in flight. See docs/specs/shutdown.md.
   */
  stop(hurry?: AbortSignal): Promise<StopReport>;
}

/**
 * Starts in the order in which mistakes are cheapest: the journal, the listeners (which answer probes alone), then the destinations, whose
 * cursors are committed before the listeners open, so that nothing acknowledged is missed.
 * @throws StartError with what to do.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, clock, logger } = options;
  const settings = settingsOf(config);
  const meter = createMeter({ withProcessMetrics: options.withProcessMetrics });
  showBuildInfo(meter);
  await using started = new AsyncDisposableStack();

  const tracing = await openTracing(traceSettingsOf(config.telemetry, options.env ?? {}), logger, meter);
  started.defer(() => tracing.close(0));
  const journal = await openJournal(settings.journal, logger);
  started.defer(() => journal.close());
  const expositions: Expositions = new Map();
  const runtime = createRuntime({
    ...{ journal, clock, logger, meter, tracer: tracing.tracer, random: Math.random },
    destinations: config.destinations.map((destination) => destinationSpec(destination, expositions)),
  });
  const retention = createRetention({
    ...{ journal, clock, logger, meter, policy: settings.retention },
    pinned: async () => Math.min(Infinity, ...runtime.status().map(({ cursor }) => cursor)),
  });
  const admission = openAdmission({ journal, clock, meter, tracing, limits: settings.ingest });
  started.defer(() => admission.close());
  const shutdown = new AbortController();
  let stage: Stage = "starting";
  const served = createServed({
    ...{ journal, runtime, admission, settings, meter, expositions, clock, logger },
    shutdown: shutdown.signal,
    stage: () => stage,
  });
  const ports: Port[] = [];
  for (const listener of settings.listeners) {
    const port = await openListener(listener, settings, served, logger);
    ports.push(port);
    started.defer(() => port.close(0));
  }
  started.defer(() => runtime.close());
  await runtime.start();
  retention.start();
  stage = "open";

  started.move();
  const turnAway = async (): Promise<void> => {
    stage = "stopping";
    shutdown.abort();
  };
  const parts: StopParts = { turnAway, ports, admission, retention, runtime, tracing, journal };
  let stopping: Promise<StopReport> | undefined;
  return {
    addresses: ports.map((port) => port.address),
    stop: (hurry = new AbortController().signal) =>
      (stopping ??= stopGateway(parts, { deadlineMs: settings.shutdownDeadlineMs, hurry, clock, logger })),
  };
}

interface AdmissionParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly meter: GatewayMeter;
  readonly tracing: Tracing;
  readonly limits: { readonly recordBytesMax: number; readonly pendingBytesMax: number };
}

/** Wrapped for traces only when there are any: it is the hottest path. */
function openAdmission({ journal, clock, meter, tracing, limits: { recordBytesMax, pendingBytesMax } }: AdmissionParts): Admission {
  const limits = { recordBytesMax, pendingBytesMax };
  const { isOn, tracer } = tracing;
  const admission = createAdmission({ journal: isOn ? tracedAppend(journal, tracer) : journal, clock, meter, limits });
  return isOn ? tracedAdmission(admission, tracer) : admission;
}
