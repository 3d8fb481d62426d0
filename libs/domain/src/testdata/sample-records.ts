import { create } from "@bufbuild/protobuf";
import { CorrelationKind } from "@tapio/contracts/domain/v1/correlation";
import { FindingState } from "@tapio/contracts/domain/v1/finding";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import type { Record } from "@tapio/contracts/domain/v1/record";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";

const time = { seconds: 1_790_000_000n, nanos: 123_456_789 };
const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", traceState: "a=1", flags: 1 };
const source = { kind: "tapio-agent", instance: "agent-7f9c", version: "4.1.0", cluster: "prod-eu-1", node: "node-12" };
const resources = [
  { kind: "pod", name: "checkout-7d4b9", namespace: "prod", uid: "9b2f1c3e", attributes: { image: "nginx:1.27" } },
  { kind: "node", name: "node-12" },
  { kind: "service", name: "pay", namespace: "zahlung-ü" },
  { kind: "container", name: "checkout", namespace: "prod" },
];

export function sampleEvent(): Record {
  return create(RecordSchema, {
    kind: {
      case: "event",
      value: {
        id: "event-1",
        time,
        observedTime: { seconds: 1_790_000_001n },
        type: "kernel.container.oom_kill",
        severity: Severity.CRITICAL,
        outcome: Outcome.FAILURE,
        source,
        resources,
        trace,
        correlationKeys: ["pod:prod/checkout-7d4b9"],
        message: "Der Container wurde beendet ☠",
        labels: { team: "core" },
        data: { limit: 536870912, process: "java", exit: { code: 137, list: [null, true, "x", 1.5] } },
        error: { code: "OOM_KILLED", possibleCauses: ["leak"] },
        reasoning: { summary: "s", confidence: 0.5, causalChain: ["a", "b"] },
      },
    },
  });
}

export function sampleFinding(): Record {
  return create(RecordSchema, {
    kind: {
      case: "finding",
      value: {
        id: "finding-1",
        time,
        type: "memory.leak.suspected",
        severity: Severity.WARNING,
        state: FindingState.OPEN,
        source,
        resources,
        trace,
        title: "A leak",
        labels: { team: "core" },
        data: { a: 1 },
        key: "leak:prod/checkout",
        confidence: 0.9,
        evidence: [
          { record: { recordId: "event-1" }, weight: 1 },
          { record: { recordId: "event-2", traceId: trace.traceId, spanId: trace.spanId }, description: "d" },
        ],
        recommendedActions: [{ title: "Restart", command: "kubectl rollout restart", url: "https://example.com" }],
        window: { start: time, end: { seconds: 1_790_000_060n } },
      },
    },
  });
}

export function sampleCorrelation(): Record {
  return create(RecordSchema, {
    kind: {
      case: "correlation",
      value: {
        id: "correlation-1",
        time,
        type: "deployment.caused.oom",
        severity: Severity.ERROR,
        kind: CorrelationKind.CAUSAL,
        source,
        resources,
        trace,
        summary: "s",
        labels: { team: "core" },
        members: [{ record: { recordId: "event-1" }, role: "trigger" }, { record: { recordId: "event-2" }, role: "effect" }],
        rootCause: { recordId: "event-1" },
        causalChain: [{ causeId: "event-1", effectId: "event-2", confidence: 1 }],
        confidence: 1,
        window: { start: time },
      },
    },
  });
}
