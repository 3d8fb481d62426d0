import type { Correlation } from "@tapio/contracts/domain/v1/correlation";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Finding } from "@tapio/contracts/domain/v1/finding";
import type { Resource } from "@tapio/contracts/domain/v1/types";
import type { CounterDefinition, Exemplar, Sample } from "../core/types.ts";
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

export function eventSample(event: Event): Sample {
  return {
    key: `${textLabel(event.type)}\0${severityLabel(event.severity)}\0${outcomeLabel(event.outcome)}\0${placeOf(event)}`,
    exemplar: exemplarOf(event),
  };
}

export function findingSample(finding: Finding): Sample {
  return {
    key: `${textLabel(finding.type)}\0${severityLabel(finding.severity)}\0${stateLabel(finding.state)}\0${placeOf(finding)}`,
    exemplar: exemplarOf(finding),
  };
}

export function correlationSample(correlation: Correlation): Sample {
  return {
    key: `${correlationKindLabel(correlation.kind)}\0${textLabel(correlation.type)}\0${severityLabel(correlation.severity)}\0${placeOf(correlation)}`,
    exemplar: exemplarOf(correlation),
  };
}

/** Cluster, and the namespace of the most specific resource that has one. */
function placeOf(record: Event | Finding | Correlation): string {
  return `${textLabel(record.source?.cluster ?? "")}\0${textLabel(namespaceOf(record.resources))}`;
}

function namespaceOf(resources: readonly Resource[]): string {
  for (const { namespace } of resources) if (namespace !== "") return namespace;
  return "";
}

/** Ids of W3C's lengths only: OpenMetrics allows 128 code points in an exemplar's labels, and these take 63. */
function exemplarOf({ trace, time }: Event | Finding | Correlation): Exemplar | undefined {
  if (trace?.traceId.length !== 32) return undefined;
  return { traceId: trace.traceId, spanId: trace.spanId.length === 16 ? trace.spanId : "", time };
}
