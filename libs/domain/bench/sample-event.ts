import { create } from "@bufbuild/protobuf";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import type { Record } from "@tapio/contracts/domain/v1/record";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";

/** An event of about 600 bytes with a Struct, as an agent sends it. */
export function sampleEvent(): Record {
  return create(RecordSchema, {
    kind: {
      case: "event",
      value: {
        id: "0198c5f2-7a1b-7c3d-9e4f-0a1b2c3d4e5f",
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
          memory_limit: 536870912,
          memory_usage: 536870912,
          process: "java",
          pid: 4242,
          exit: { code: 137, signal: "SIGKILL" },
          oom: true,
        },
      },
    },
  });
}
