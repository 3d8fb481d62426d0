import type { Meter } from "@tapio/integration-core";
import { Counter, Gauge, Registry, collectDefaultMetrics } from "prom-client";
import { CountedHistogram } from "./counted-histogram.ts";

export type MetricsFormat = "text" | "openmetrics";

/** The gateway's own metrics. */
export interface GatewayMeter extends Meter {
  render(format: MetricsFormat): Promise<string>;
}

/** The meter of the gateway itself, on prom-client. What destinations count of records is not here: that is the prometheus integration's. */
export function createMeter(options: { readonly withProcessMetrics: boolean }): GatewayMeter {
  const text = new Registry();
  if (options.withProcessMetrics) addProcessMetrics(text);
  const registers = [text];

  return {
    counter(name, help, labelNames = []) {
      const counter = once(text, name, () => new Counter({ name, help, labelNames: [...labelNames], registers }));
      return { add: (value, labels = {}) => counter.inc(labels, value) };
    },
    gauge(name, help, labelNames = []) {
      const gauge = once(text, name, () => new Gauge({ name, help, labelNames: [...labelNames], registers }));
      return { set: (value, labels = {}) => gauge.set(labels, value) };
    },
    histogram(name, help, bounds, labelNames = []) {
      const make = () => new CountedHistogram({ name, help, buckets: [...bounds], labelNames: [...labelNames], registers });
      const histogram = once(text, name, make);
      return { observe: (value, labels, times) => histogram.observeTimes(value, labels, times) };
    },
    async render(format) {
      const rendered = await text.metrics();
      return format === "text" ? rendered : openMetricsOf(rendered);
    },
  };
}

/** Gauges whose names end as only counters' may: promtool objects to them, and each has a twin without the ending. */
const misnamedGauges = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamedGauges) registry.removeSingleMetric(name);
}

function once<T>(registry: Registry, name: string, make: () => T): T {
  return (registry.getSingleMetric(name) as T | undefined) ?? make();
}

/**
 * The text format's counters are named with `_total` in HELP and TYPE, OpenMetrics' without; nothing else differs in what the gateway
 * writes (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md#counter). The caller writes `# EOF`.
 */
function openMetricsOf(text: string): string {
  const counters = new Set<string>();
  for (const match of text.matchAll(/^# TYPE (\S+)_total counter$/gm)) if (match[1] !== undefined) counters.add(match[1]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const match = /^# (?:HELP|TYPE) (\S+)_total /.exec(line);
      return match?.[1] !== undefined && counters.has(match[1]) ? line.replace(`${match[1]}_total`, match[1]) : line;
    })
    .join("\n")
    .concat("\n");
}
