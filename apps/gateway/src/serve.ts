import { createOccurrencesEndpoint, type Admission } from "@tapio/ingest";
import type { Clock, Logger } from "@tapio/integration-core";
import { createApiHandlers, createDirectPublish, type ApiPorts, type DeliveryControl, type RecordLog } from "@tapio/integration-grpc";
import type { Journal } from "@tapio/journal";
import type { Runtime } from "@tapio/runtime";
import type { Expositions } from "./destinations.ts";
import { createByteBudget } from "./http/byte-budget.ts";
import type { Port } from "./http/port.ts";
import type { Served } from "./listeners.ts";
import { healthPage, metricsPage, readyPage } from "./pages.ts";
import { readinessOf, type ReadinessParts, type Stage } from "./readiness.ts";
import type { GatewaySettings } from "./settings.ts";
import { createHttpMetrics } from "./telemetry/http-metrics.ts";
import { createJournalMetrics } from "./telemetry/journal-metrics.ts";
import type { GatewayMeter } from "./telemetry/meter.ts";
import { journalFreeBytes } from "./open-journal.ts";

export interface ServeParts {
  readonly journal: Journal;
  readonly runtime: Runtime;
  readonly control: DeliveryControl;
  readonly admission: Admission;
  readonly settings: GatewaySettings;
  readonly meter: GatewayMeter;
  readonly expositions: Expositions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The listeners that are open by now. */
  ports(): readonly Port[];
  /** Aborts when the gateway begins to stop. */
  readonly shutdown: AbortSignal;
  stage(): Stage;
}

/** Request bodies that may be in memory at once, in bytes, or twice the largest one. */
const bodyBytesMax = 256 * 1024 * 1024;

/** What listeners serve, made of the parts: API, source endpoints, probes, metrics. */
export function createServed(parts: ServeParts): Served {
  const { admission, clock, journal, logger, runtime, settings, shutdown } = parts;
  const { batchRecordsMax, requestBytesMax } = settings.ingest;
  const condition = (): ReturnType<Journal["condition"]> => journal.condition();
  const deciding: ReadinessParts = {
    stage: () => parts.stage(),
    condition,
    admission: () => admission.health(),
    pressure: () => runtime.pressure(),
  };
  const budget = createByteBudget(Math.max(bodyBytesMax, 2 * requestBytesMax));
  const refreshJournal = createJournalMetrics({
    journal,
    meter: parts.meter,
    pending: () => admission.pending(),
    freeBytes: () => journalFreeBytes(settings.journal),
  });
  const refreshHttp = createHttpMetrics({ meter: parts.meter, ports: () => parts.ports(), budget });
  const refresh = (): Promise<void> => {
    refreshHttp();
    return refreshJournal();
  };
  const apiPorts: ApiPorts = {
    sink: admission,
    log: journal satisfies RecordLog,
    control: parts.control,
    clock,
    logger,
    isReady: () => readinessOf(deciding).ready,
    shutdown,
  };
  const apiLimits = { maxRequestBytes: requestBytesMax, maxRecordsPerRequest: batchRecordsMax };
  return {
    api: createApiHandlers(apiPorts, apiLimits),
    directPublish: createDirectPublish(apiPorts, apiLimits),
    sources: [createOccurrencesEndpoint({ sink: admission, clock, batchRecordsMax })],
    metrics: metricsPage(parts.meter, parts.expositions, refresh),
    isOpen: () => parts.stage() !== "starting",
    budget,
    probes: [healthPage(condition), readyPage({ readiness: () => readinessOf(deciding), condition, destinations: () => runtime.status() })],
  };
}
