import { delivered, failed, IntegrationError, type IntegrationContext, type Outcome } from "@tapio/integration-core";
import {
  correlationCounter,
  correlationSample,
  eventCounter,
  eventSample,
  findingCounter,
  findingSample,
  viewSample,
} from "./collector/record-samples.ts";
import { abortCode, integrationName, prometheusError } from "./core/errors.ts";
import type { PrometheusIntegration, PrometheusIntegrationOptions } from "./core/interfaces.ts";
import { settingsOf, type Settings } from "./core/settings.ts";
import type { CounterDefinition, ExpositionFormat, Sample } from "./core/types.ts";
import { renderCounters } from "./exporter/render-counters.ts";
import { createCounterRegistry, foldedCounter, type CounterRegistry } from "./registry/counter-registry.ts";

const definitions: readonly CounterDefinition[] = [eventCounter, findingCounter, correlationCounter];
const ownLabels = new Set([...definitions, foldedCounter].flatMap(({ labelNames }) => labelNames).concat("overflow"));

const countOperation = "count a record";

/** What an open integration counts with. */
interface Opened {
  readonly registry: CounterRegistry;
  readonly settings: Settings;
  readonly context: IntegrationContext;
  /** Metrics whose budget is used up; each is logged once. */
  readonly full: Set<string>;
}

/** Makes an integration that counts records and shows the committed counts in Prometheus' formats. */
export function createPrometheusIntegration(options: PrometheusIntegrationOptions = {}): PrometheusIntegration {
  let opened: Opened | undefined;
  let closed = false;

  /** What counts now, or why nothing is counted. */
  const ready = (signal: AbortSignal): Opened | Outcome => {
    if (opened === undefined || closed) return failed(prometheusError("canceled", countOperation, "the destination is closed"));
    if (!signal.aborted) return opened;
    return failed(prometheusError(abortCode(signal.reason), countOperation, "the call was aborted", signal.reason));
  };
  const countOne = (signal: AbortSignal, sample: () => Sample): Promise<Outcome> => {
    const open = ready(signal);
    return Promise.resolve("kind" in open ? open : tryToCount(open, sample));
  };

  const integration: PrometheusIntegration = {
    name: integrationName,
    initialize: (config, context) => {
      try {
        opened = open(settingsOf(config, ownLabels), context);
        options.onExposition?.(integration, context.name);
        return Promise.resolve();
      } catch (reason) {
        return Promise.reject(IntegrationError.from(reason, { integration: integrationName, operation: "initialize" }));
      }
    },
    processEvent: (event, { signal }) => countOne(signal, () => eventSample(event)),
    processFinding: (finding, { signal }) => countOne(signal, () => findingSample(finding)),
    processCorrelation: (correlation, { signal }) => countOne(signal, () => correlationSample(correlation)),
    processBatch: (records, { signal }) => {
      const open = ready(signal);
      return Promise.resolve(records.map((record) => ("kind" in open ? open : tryToCount(open, () => viewSample(record)))));
    },
    snapshot: () => opened?.registry.snapshot() ?? new Uint8Array(),
    committed: () => opened?.registry.committed(),
    render: (format: ExpositionFormat) => {
      if (opened === undefined) return format === "openmetrics" ? "# EOF\n" : "";
      return renderCounters(opened.registry.families, format, opened.settings);
    },
    health: () => Promise.resolve(healthOf(closed ? undefined : opened)),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
  return integration;
}

function open(settings: Settings, context: IntegrationContext): Opened {
  try {
    const registry = createCounterRegistry({
      definitions,
      seriesMax: settings.seriesMax,
      fixedLabels: settings.fixedLabels,
      restored: context.restored,
      onUnknownMetric: (metric) => {
        context.logger.warn(
          { destination: context.name, metric },
          "the snapshot holds a metric that this version does not have; its counts are kept and not shown",
        );
      },
    });
    return { registry, settings, context, full: new Set() };
  } catch (reason) {
    const why = reason instanceof Error ? reason.message : String(reason);
    const message = `${why}; start the version that wrote it, restore the data folder, or give the destination a new name to count from zero`;
    throw prometheusError("internal", "restore the counters from the snapshot beside the cursor", message, reason);
  }
}

/** Counts a record that may turn out not to be readable. */
function tryToCount(open: Opened, sample: () => Sample): Outcome {
  try {
    increment(open, sample());
    return delivered();
  } catch (reason) {
    return failed(IntegrationError.from(reason, { integration: integrationName, operation: countOperation }));
  }
}

function increment({ registry, settings, context, full }: Opened, { definition, key, exemplar }: Sample): void {
  if (registry.increment(definition, key, exemplar) || full.has(definition.metric)) return;
  full.add(definition.metric);
  context.logger.warn(
    { destination: context.name, metric: definition.metric, max_series: settings.seriesMax },
    'the series budget is used up; further label values are counted with overflow="true"; raise max_series or filter the destination',
  );
}

function healthOf(opened: Opened | undefined) {
  if (opened === undefined) return { healthy: false, message: "the destination is not open", details: {} };
  const { registry, full } = opened;
  const details = Object.fromEntries(
    registry.families.map(({ definition, series }) => [`${definition.metric}_series`, String(series.length)]),
  );
  const message = full.size === 0 ? "" : `the series budget is used up for ${[...full].join(", ")}; further label values are folded`;
  return { healthy: true, message, details };
}
