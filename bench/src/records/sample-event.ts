import { create } from "@bufbuild/protobuf";
import { type Record, RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";

/** An event as an agent sends it, of about 600 bytes encoded, with a Struct. */
export function sampleEvent(id: string): Record {
  return create(RecordSchema, {
    kind: {
      case: "event",
      value: {
        id,
        time: { seconds: 1_790_000_000n, nanos: 123_456_789 },
        observedTime: { seconds: 1_790_000_000n, nanos: 223_456_789 },
        type: "kernel.container.oom_kill",
        severity: Severity.CRITICAL,
        outcome: Outcome.FAILURE,
        source: { kind: "tapio-agent", instance: "agent-7f9c", version: "4.1.0", cluster: "prod-eu-1", node: "node-12" },
        resources: [
          { kind: "pod", name: "checkout-7d4b9", namespace: "prod", uid: "9b2f1c3e-11aa-4c6d-8f5b-2f3e4d5c6b7a" },
          { kind: "container", name: "checkout", namespace: "prod" },
        ],
        trace: { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", flags: 1 },
        correlationKeys: ["pod:prod/checkout-7d4b9"],
        message: "The container was killed: it used more memory than its limit",
        labels: { team: "core", tier: "1" },
        data: {
          memory_limit: 536_870_912,
          memory_usage: 536_870_912,
          process: "java",
          pid: 4242,
          exit: { code: 137, signal: "SIGKILL" },
          oom: true,
        },
      },
    },
  });
}

/** The same happening as the agent's http sink sends it, of about 600 bytes of JSON. */
export function sampleOccurrence(id: string): object {
  return {
    id,
    timestamp: "2026-11-01T12:00:01.123456790+00:00",
    source: "tapio",
    type: "kernel.container.oom_kill",
    severity: "critical",
    outcome: "failure",
    protocol_version: "1.0",
    context: {
      cluster: "prod-eu-1",
      node: "node-12",
      namespace: "prod",
      trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
      correlation_keys: ["pod:prod/checkout-7d4b9"],
      entities: [{ kind: "pod", id: "9b2f1c3e-11aa-4c6d", name: "checkout-7d4b9" }],
    },
    data: {
      memory_limit: 536_870_912,
      memory_usage: 536_870_912,
      process: "java",
      pid: 4242,
      exit_code: 137,
      signal: "SIGKILL",
      oom: true,
    },
  };
}
