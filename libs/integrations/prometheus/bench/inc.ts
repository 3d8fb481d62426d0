/**
 * `node --conditions=tapio-source bench/inc.ts`: what one count costs, against a bare Map that only adds, and what rendering,
 * a snapshot and a commit cost at 10,000 series. Prints a table; asserts nothing.
 */
import { create } from "@bufbuild/protobuf";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";
import { sampleView } from "@tapio/testing";
import { Counter } from "prom-client";
import { eventCounter, eventSample, viewSample } from "../src/collector/record-samples.ts";
import { renderCounters } from "../src/exporter/render-counters.ts";
import { createCounterRegistry } from "../src/registry/counter-registry.ts";

const seriesCount = 10_000;
const rounds = 100;
const batch = 256;
const runs = 5;
const renders = 31;
const renderOptions = { prefix: "tapio", constLabels: {} };

const severities = [Severity.DEBUG, Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL] as const;
const outcomes = [Outcome.UNSPECIFIED, Outcome.SUCCESS, Outcome.FAILURE, Outcome.TIMEOUT, Outcome.IN_PROGRESS, Outcome.UNKNOWN] as const;
const events = Array.from({ length: seriesCount }, (_, index) =>
  create(EventSchema, {
    id: `event-${String(index)}`,
    time: { seconds: 1_772_600_767n, nanos: 123_456_789 },
    type: `kernel.network.case_${String(index % 100)}`,
    severity: severities[index % severities.length] ?? Severity.INFO,
    outcome: outcomes[index % outcomes.length] ?? Outcome.UNSPECIFIED,
    source: { cluster: "prod-1" },
    resources: [{ kind: "pod", name: "checkout", namespace: `team-${String(Math.floor(index / 100))}` }],
    trace: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" },
  }),
);
const samples = events.map(eventSample);

/** CPU time, since the machine may be shared. */
function medianMs(work: () => void, count = runs): number {
  const times = Array.from({ length: count }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return times.sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0;
}

const perSecond = (ms: number): string => `${(((seriesCount * rounds) / ms) * 1e-3).toFixed(2)}M/s`;
const row = (job: string, ours: string, limit = "", ratio = ""): void => {
  process.stdout.write(`${job.padEnd(58)} ${ours.padStart(12)} ${limit.padStart(12)} ${ratio.padStart(8)}\n`);
};

const bare = new Map<string, number>();
const bareMs = medianMs(() => {
  for (let round = 0; round < rounds; round += 1) {
    for (const { key } of samples) bare.set(key, (bare.get(key) ?? 0) + 1);
  }
});

const keyed = new Map<string, number>();
const keyedMs = medianMs(() => {
  for (let round = 0; round < rounds; round += 1) {
    for (const { type, severity, outcome, source, resources } of events) {
      const key = `${type}/${String(severity)}/${String(outcome)}/${source?.cluster ?? ""}/${resources[0]?.namespace ?? ""}`;
      keyed.set(key, (keyed.get(key) ?? 0) + 1);
    }
  }
});

const [typeName = "", severityName = "", outcomeName = "", clusterName = "", namespaceName = ""] = eventCounter.labelNames;
const promClient = new Counter({
  name: "bench_events_total",
  help: eventCounter.help,
  labelNames: [...eventCounter.labelNames],
  registers: [],
});
const promClientMs = medianMs(() => {
  for (let round = 0; round < rounds; round += 1) {
    for (const { key } of samples) {
      const [type = "", severity = "", outcome = "", cluster = "", namespace = ""] = key.split("\0");
      promClient.inc({
        [typeName]: type,
        [severityName]: severity,
        [outcomeName]: outcome,
        [clusterName]: cluster,
        [namespaceName]: namespace,
      });
    }
  }
}, 1);

const registry = createCounterRegistry({ definitions: [eventCounter], seriesMax: seriesCount });
const registryMs = medianMs(() => {
  for (let round = 0; round < rounds; round += 1) {
    for (const { key, exemplar } of samples) registry.increment(eventCounter, key, exemplar);
  }
});
const recordMs = medianMs(() => {
  for (let round = 0; round < rounds; round += 1) {
    for (const event of events) {
      const { key, exemplar } = eventSample(event);
      registry.increment(eventCounter, key, exemplar);
    }
  }
});

const views = events.map((value) => sampleView(value));
const viewMs = medianMs(() => {
  for (let round = 0; round < rounds; round += 1) {
    for (const view of views) {
      const { key, exemplar } = viewSample(view);
      registry.increment(eventCounter, key, exemplar);
    }
  }
});

registry.snapshot();
registry.committed();
const render = (): string => renderCounters(registry.families, "text", renderOptions);
const coldMs = medianMs(() => {
  for (const { key } of samples) registry.increment(eventCounter, key);
  registry.snapshot();
  registry.committed();
  render();
}, renders);
const warmMs = medianMs(() => void render(), renders);
const openMetricsMs = medianMs(() => void renderCounters(registry.families, "openmetrics", renderOptions), renders);
const joinLines = render().split("\n");
const joinMs = medianMs(() => void joinLines.join("\n"), renders);

const commits = 200;
const snapshotBytes = registry.snapshot();
const commitMs =
  medianMs(() => {
    for (let commit = 0; commit < commits; commit += 1) {
      for (let index = 0; index < batch; index += 1) {
        registry.increment(eventCounter, samples[(commit * batch + index) % seriesCount]?.key ?? "");
      }
      registry.snapshot();
      registry.committed();
    }
  }) / commits;
const copyMs =
  medianMs(() => {
    for (let commit = 0; commit < commits; commit += 1) snapshotBytes.slice();
  }) / commits;

const ratio = (ours: number, limit: number): string => `${(ours / limit).toFixed(2)}x`;
row(`${String(seriesCount)} series, median of ${String(runs)}`, "ours", "limit", "cost");
row("increments with a ready key, limit: bare Map", perSecond(registryMs), perSecond(bareMs), ratio(registryMs, bareMs));
row("increments from a decoded event, limit: key + bare Map", perSecond(recordMs), perSecond(keyedMs), ratio(recordMs, keyedMs));
row("increments from a record's bytes", perSecond(viewMs));
row("prom-client, a counter with labels, same keys", perSecond(promClientMs), perSecond(bareMs), ratio(promClientMs, bareMs));
row("render, nothing changed, limit: join of the lines", `${warmMs.toFixed(2)} ms`, `${joinMs.toFixed(2)} ms`, ratio(warmMs, joinMs));
row("render OpenMetrics with exemplars, nothing changed", `${openMetricsMs.toFixed(2)} ms`);
row("count each once, snapshot, commit, render, all changed", `${coldMs.toFixed(2)} ms`);
row(
  `batch of ${String(batch)} + snapshot (${String(Math.round(snapshotBytes.length / 1024))} KiB) + commit, limit: the copy`,
  `${commitMs.toFixed(3)} ms`,
  `${copyMs.toFixed(3)} ms`,
  ratio(commitMs, copyMs),
);
