import type { Correlation } from "@tapio/contracts/domain/v1/correlation";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Finding } from "@tapio/contracts/domain/v1/finding";
import type { Resource } from "@tapio/contracts/domain/v1/types";
import type { CounterDefinition, Exemplar, Sample } from "../core/types.ts";
import { rememberKeys } from "./label-keys.ts";
import { correlationKindLabel, outcomeLabel, severityLabel, stateLabel, textLabel } from "./label-values.ts";

/** The metrics of the three kinds of record. A record's key holds the values of `labelNames` in their order. */
export const eventCounter: CounterDefinition = {
  metric: "events",
  help: "Events that were counted for this destination.",
  labelNames: ["type", "severity", "outcome", "cluster", "namespace"],
  budgeted: true,
};

export const findingCounter: CounterDefinition = {
  metric: "findings",
  help: "Findings that were counted for this destination, one per state change.",
  labelNames: ["type", "severity", "state", "cluster", "namespace"],
  budgeted: true,
};

export const correlationCounter: CounterDefinition = {
  metric: "correlations",
  help: "Correlations that were counted for this destination.",
  labelNames: ["kind", "type", "severity", "cluster", "namespace"],
  budgeted: true,
};

const eventKey = rememberKeys<Event["outcome"]>(
  (type, severity, outcome, cluster, namespace) =>
    `${textLabel(type)}\0${severityLabel(severity)}\0${outcomeLabel(outcome)}\0${textLabel(cluster)}\0${textLabel(namespace)}`,
);
const findingKey = rememberKeys<Finding["state"]>(
  (type, severity, state, cluster, namespace) =>
    `${textLabel(type)}\0${severityLabel(severity)}\0${stateLabel(state)}\0${textLabel(cluster)}\0${textLabel(namespace)}`,
);
const correlationKey = rememberKeys<Correlation["kind"]>(
  (type, severity, kind, cluster, namespace) =>
    `${correlationKindLabel(kind)}\0${textLabel(type)}\0${severityLabel(severity)}\0${textLabel(cluster)}\0${textLabel(namespace)}`,
);

export function eventSample(event: Event): Sample {
  return {
    key: eventKey(event.type, event.severity, event.outcome, clusterOf(event), namespaceOf(event.resources)),
    exemplar: exemplarOf(event),
  };
}

export function findingSample(finding: Finding): Sample {
  const key = findingKey(finding.type, finding.severity, finding.state, clusterOf(finding), namespaceOf(finding.resources));
  return { key, exemplar: exemplarOf(finding) };
}

export function correlationSample(correlation: Correlation): Sample {
  const { type, severity, kind } = correlation;
  const key = correlationKey(type, severity, kind, clusterOf(correlation), namespaceOf(correlation.resources));
  return { key, exemplar: exemplarOf(correlation) };
}

function clusterOf({ source }: Event | Finding | Correlation): string {
  return source?.cluster ?? "";
}

/** The namespace of the most specific resource that has one. */
function namespaceOf(resources: readonly Resource[]): string {
  for (const { namespace } of resources) if (namespace !== "") return namespace;
  return "";
}

/** Ids of W3C's lengths only: OpenMetrics allows 128 code points in an exemplar's labels, and these take 63. */
function exemplarOf({ trace, time }: Event | Finding | Correlation): Exemplar | undefined {
  if (trace?.traceId.length !== 32) return undefined;
  return { traceId: trace.traceId, spanId: trace.spanId.length === 16 ? trace.spanId : "", time };
}
