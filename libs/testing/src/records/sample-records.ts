import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { CorrelationKind, CorrelationSchema, type Correlation } from "@tapio/contracts/domain/v1/correlation";
import { EventSchema, type Event } from "@tapio/contracts/domain/v1/event";
import { FindingSchema, FindingState, type Finding } from "@tapio/contracts/domain/v1/finding";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";

/** The fields of a message, without a finished message: those cannot be spread into another. */
type Fields<Schema extends DescMessage> = Exclude<MessageInitShape<Schema>, MessageShape<Schema>>;

/** 2026-03-04T05:06:07.123456789Z: nanoseconds that a lossy conversion would lose. */
const sampleTime = { seconds: 1_772_600_767n, nanos: 123_456_789 };
const sampleTraceId = "0af7651916cd43dd8448eb211c80319c";

const source = { kind: "tapio-agent", instance: "agent-1", version: "4.1.0", cluster: "prod-1", node: "node-a" };
const pod = { kind: "pod", name: "checkout-7d4b9", namespace: "shop", uid: "6f1c3e52-0000-4000-8000-000000000001" };

/** A valid event with every part filled in; `overrides` replaces whole fields. */
export function sampleEvent(overrides: Fields<typeof EventSchema> = {}): Event {
  return create(EventSchema, {
    id: "event-1",
    time: sampleTime,
    type: "kernel.container.oom_kill",
    severity: Severity.CRITICAL,
    outcome: Outcome.FAILURE,
    source,
    resources: [pod, { kind: "node", name: "node-a" }],
    trace: { traceId: sampleTraceId, spanId: "b7ad6b7169203331", flags: 1 },
    correlationKeys: ["pod:shop/checkout-7d4b9"],
    message: "The kernel killed a process of checkout-7d4b9 for want of memory",
    labels: { team: "checkout" },
    data: { memory_bytes: "9007199254740993", killed: true, process: { name: "java", pid: 4242 } },
    error: { code: "OOM_KILLED", message: "memory limit exceeded", whatFailed: "container checkout" },
    ...overrides,
  });
}

/** A valid finding with every part filled in, resting on the sample event; `overrides` replaces whole fields. */
export function sampleFinding(overrides: Fields<typeof FindingSchema> = {}): Finding {
  return create(FindingSchema, {
    id: "finding-1",
    time: sampleTime,
    type: "memory.leak.suspected",
    severity: Severity.ERROR,
    state: FindingState.OPEN,
    source,
    resources: [pod],
    trace: { traceId: sampleTraceId, spanId: "c7ad6b7169203331", flags: 1 },
    title: "checkout leaks memory",
    labels: { team: "checkout" },
    key: "leak:shop/checkout",
    description: "Resident memory rose for six hours and never fell.",
    confidence: 0.9,
    evidence: [
      {
        record: { recordId: "event-1", traceId: sampleTraceId, spanId: "b7ad6b7169203331" },
        description: "It was killed for want of memory.",
        weight: 0.7,
      },
    ],
    recommendedActions: [{ title: "Roll back checkout", command: "kubectl rollout undo deployment/checkout -n shop" }],
    window: { start: { seconds: 1_772_579_167n }, end: sampleTime },
    ...overrides,
  });
}

/** A valid causal correlation of the sample event and finding; `overrides` replaces whole fields. */
export function sampleCorrelation(overrides: Fields<typeof CorrelationSchema> = {}): Correlation {
  const event = { recordId: "event-1", traceId: sampleTraceId, spanId: "b7ad6b7169203331" };
  const finding = { recordId: "finding-1", traceId: sampleTraceId, spanId: "c7ad6b7169203331" };
  return create(CorrelationSchema, {
    id: "correlation-1",
    time: sampleTime,
    type: "deployment.caused.oom",
    severity: Severity.WARNING,
    kind: CorrelationKind.CAUSAL,
    source,
    resources: [pod],
    trace: { traceId: sampleTraceId, spanId: "d7ad6b7169203331", flags: 1 },
    summary: "The new release leaks, and was killed for it",
    members: [
      { record: finding, role: "trigger" },
      { record: event, role: "effect" },
    ],
    rootCause: finding,
    causalChain: [{ causeId: "finding-1", effectId: "event-1", description: "the leak used up the limit", confidence: 0.8 }],
    confidence: 0.85,
    window: { start: { seconds: 1_772_579_167n }, end: sampleTime },
    ...overrides,
  });
}
