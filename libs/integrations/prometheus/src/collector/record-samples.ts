import type { Correlation, CorrelationKind } from "@tapio/contracts/domain/v1/correlation";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Finding, FindingState } from "@tapio/contracts/domain/v1/finding";
import { RecordKind } from "@tapio/contracts/domain/v1/record";
import type { Outcome, Resource, TraceContext } from "@tapio/contracts/domain/v1/types";
import { factsOf, type RecordView } from "@tapio/domain";
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

const eventKey = rememberKeys<Outcome>(
  (type, severity, outcome, cluster, namespace) =>
    `${textLabel(type)}\0${severityLabel(severity)}\0${outcomeLabel(outcome)}\0${textLabel(cluster)}\0${textLabel(namespace)}`,
);
const findingKey = rememberKeys<FindingState>(
  (type, severity, state, cluster, namespace) =>
    `${textLabel(type)}\0${severityLabel(severity)}\0${stateLabel(state)}\0${textLabel(cluster)}\0${textLabel(namespace)}`,
);
const correlationKey = rememberKeys<CorrelationKind>(
  (type, severity, kind, cluster, namespace) =>
    `${correlationKindLabel(kind)}\0${textLabel(type)}\0${severityLabel(severity)}\0${textLabel(cluster)}\0${textLabel(namespace)}`,
);

/** What is counted of a record that has not been decoded, and is not for this. */
export function viewSample(view: RecordView): Sample {
  const { kind, type, severity, namespaces, timeSeconds, timeNanos } = view.header;
  const { detail, cluster, trace } = factsOf(view);
  const namespace = namespaces[0] ?? "";
  const exemplar = exemplarOf(trace, { seconds: timeSeconds, nanos: timeNanos });
  switch (kind) {
    case RecordKind.EVENT:
      return { definition: eventCounter, key: eventKey(type, severity, detail, cluster, namespace), exemplar };
    case RecordKind.FINDING:
      return { definition: findingCounter, key: findingKey(type, severity, detail as FindingState, cluster, namespace), exemplar };
    case RecordKind.CORRELATION:
      return {
        definition: correlationCounter,
        key: correlationKey(type, severity, detail as CorrelationKind, cluster, namespace),
        exemplar,
      };
    default:
      throw new RangeError(`there is no counter for records of kind ${String(kind)}`);
  }
}

export function eventSample(event: Event): Sample {
  const key = eventKey(event.type, event.severity, event.outcome, clusterOf(event), namespaceOf(event.resources));
  return { definition: eventCounter, key, exemplar: exemplarOf(event.trace, event.time) };
}

export function findingSample(finding: Finding): Sample {
  const key = findingKey(finding.type, finding.severity, finding.state, clusterOf(finding), namespaceOf(finding.resources));
  return { definition: findingCounter, key, exemplar: exemplarOf(finding.trace, finding.time) };
}

export function correlationSample(correlation: Correlation): Sample {
  const { type, severity, kind, trace, time } = correlation;
  const key = correlationKey(type, severity, kind, clusterOf(correlation), namespaceOf(correlation.resources));
  return { definition: correlationCounter, key, exemplar: exemplarOf(trace, time) };
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
function exemplarOf(trace: TraceContext | undefined, time: Exemplar["time"]): Exemplar | undefined {
  if (trace?.traceId.length !== 32) return undefined;
  return { traceId: trace.traceId, spanId: trace.spanId.length === 16 ? trace.spanId : "", time };
}
