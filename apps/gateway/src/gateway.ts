import type { AddressInfo } from "node:net";
import type { GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { createAdmission, createOccurrencesEndpoint, type Admission } from "@tapio/ingest";
import type { Clock, Logger } from "@tapio/integration-core";
import { createApiHandlers, type RecordLog } from "@tapio/integration-grpc";
import { JournalError, type Journal } from "@tapio/journal";
import { createRuntime, type Runtime } from "@tapio/runtime";
import { destinationSpec, type Expositions } from "./destinations.ts";
import { createByteBudget } from "./http/byte-budget.ts";
import type { Port } from "./http/port.ts";
import { openListener, type Served } from "./listeners.ts";
import { openJournal } from "./open-journal.ts";
import { healthPage, metricsPage, readyPage } from "./pages.ts";
import { settingsOf, type GatewaySettings } from "./settings.ts";
import { StartError } from "./start-error.ts";
import { createMeter, type GatewayMeter } from "./telemetry/meter.ts";
import { noTracer } from "./telemetry/tracer.ts";

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Metrics of the process itself (CPU, memory, event loop); off in tests, which start many in one process. */
  readonly withProcessMetrics: boolean;
}

export interface Gateway {
  /** Where it listens, in the configuration's order. */
  readonly addresses: readonly AddressInfo[];
  /** Stops in order within the configured deadline: accepts no more, settles what is in flight, keeps the rest for the next start. */
  stop(): Promise<void>;
}

interface Parts {
  readonly journal: Journal;
  readonly runtime: Runtime;
  readonly admission: Admission;
  readonly ports: readonly Port[];
  readonly shutdown: AbortController;
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
  await using started = new AsyncDisposableStack();

  const journal = await openJournalOrExplain(config, settings);
  started.defer(() => journal.close());
  const expositions: Expositions = new Map();
  const runtime = createRuntime({
    journal,
    clock,
    logger,
    meter,
    tracer: noTracer,
    random: Math.random,
    destinations: config.destinations.map((destination) => destinationSpec(destination, expositions)),
  });
  const { recordBytesMax, pendingBytesMax } = settings.ingest;
  const admission = createAdmission({ journal, clock, meter, limits: { recordBytesMax, pendingBytesMax } });
  started.defer(() => admission.close());
  const shutdown = new AbortController();
  let isOpen = false;
  const served = serve({ journal, runtime, admission, shutdown, settings, meter, expositions, clock, logger, isOpen: () => isOpen });
  const ports: Port[] = [];
  for (const listener of settings.listeners) {
    const port = await openListener(listener, settings, served, logger);
    ports.push(port);
    started.defer(() => port.close(0));
  }
  started.defer(() => runtime.close());
  await runtime.start();
  isOpen = true;

  started.move();
  let stopping: Promise<void> | undefined;
  const parts: Parts = { journal, runtime, admission, ports, shutdown };
  return {
    addresses: ports.map((port) => port.address),
    stop: () => (stopping ??= stopGateway(parts, settings.shutdownDeadlineMs, options)),
  };
}

/** Requests under way get this share of the deadline; deliveries get the rest. */
const requestShare = 0.25;

async function stopGateway(parts: Parts, deadlineMs: number, { clock, logger }: GatewayOptions): Promise<void> {
  const endsAtMs = clock.now() + deadlineMs;
  parts.shutdown.abort();
  for (const port of parts.ports) port.stopAccepting();
  await Promise.all(parts.ports.map((port) => port.close(deadlineMs * requestShare)));
  await parts.admission.close();
  const report = await parts.runtime.drain(Math.max(0, endsAtMs - clock.now()));
  await parts.runtime.close();
  await parts.journal.close();
  logger.info({ ...report }, "stopped");
}

interface ServeParts extends Omit<Parts, "ports"> {
  readonly settings: GatewaySettings;
  readonly meter: GatewayMeter;
  readonly expositions: Expositions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False while the gateway starts. */
  isOpen(): boolean;
}

/** Request bodies that may be in memory at once, in bytes, or twice the largest one. */
const bodyBytesMax = 256 * 1024 * 1024;

function serve(parts: ServeParts): Served {
  const { admission, clock, journal, logger, runtime, settings, shutdown } = parts;
  const isServing = (): boolean => parts.isOpen() && !shutdown.signal.aborted;
  const { batchRecordsMax, requestBytesMax } = settings.ingest;
  return {
    api: createApiHandlers(
      {
        sink: admission,
        log: journal satisfies RecordLog,
        clock,
        logger,
        isReady: () => isServing() && admission.health().healthy,
        shutdown: shutdown.signal,
      },
      { maxRequestBytes: requestBytesMax, maxRecordsPerRequest: batchRecordsMax },
    ),
    sources: [createOccurrencesEndpoint({ sink: admission, clock, batchRecordsMax })],
    metrics: metricsPage(parts.meter, parts.expositions),
    isOpen: () => parts.isOpen(),
    budget: createByteBudget(Math.max(bodyBytesMax, 2 * requestBytesMax)),
    probes: [
      healthPage(() => admission.health()),
      readyPage({ isServing, journal: () => admission.health(), destinations: () => runtime.status() }),
    ],
  };
}

async function openJournalOrExplain(config: GatewayConfig, settings: GatewaySettings): Promise<Journal> {
  try {
    return await openJournal(config.journal, settings.ingest.dedupeRecords);
  } catch (reason) {
    if (!(reason instanceof JournalError)) throw reason;
    const advice = reason.code === "io" ? ". Check that the folder can be written, or choose another (TAPIO_DATA)" : "";
    throw new StartError(`the journal cannot be opened (${reason.code}): ${reason.message}${advice}`, reason);
  }
}
