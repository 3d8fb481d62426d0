import { readFileSync } from "node:fs";
import type { RecordInput } from "@tapio/client";
import { CorrelationKind } from "@tapio/contracts/domain/v1/correlation";
import { FindingState } from "@tapio/contracts/domain/v1/finding";
import { Severity } from "@tapio/contracts/domain/v1/types";

/** A record that the demo sends, as its table shows it. */
export interface SentRecord {
  readonly id: string;
  readonly kind: "event" | "finding" | "correlation";
  readonly type: string;
}

const recorded = new URL("../../../libs/collectors/tapio-agent/src/testdata/occurrences.json", import.meta.url);

/** What an agent posted: one occurrence of each type that it knows. */
export function readOccurrences(): { readonly body: string; readonly sent: readonly SentRecord[] } {
  const body = readFileSync(recorded, "utf8");
  const occurrences = JSON.parse(body) as readonly { readonly id: string; readonly type: string }[];
  return { body, sent: occurrences.map(({ id, type }) => ({ id, kind: "event", type })) };
}

const oomKill = "01K9TAP1000000000000000005";
const memoryPressure = "01K9TAP1000000000000000010";
const time = { seconds: 1_793_534_420n, nanos: 0 };

/** What an engine concluded from them: a finding, and a correlation that names its cause. Sent over gRPC. */
export const conclusions: readonly RecordInput[] = [
  {
    finding: {
      id: "demo-finding-1",
      time,
      type: "memory.limit.too_low",
      severity: Severity.ERROR,
      state: FindingState.OPEN,
      title: "checkout needs more memory than it may use",
      confidence: 0.93,
      evidence: [{ record: { recordId: oomKill }, description: "killed at its limit" }],
    },
  },
  {
    correlation: {
      id: "demo-correlation-1",
      time,
      type: "memory.pressure.caused.oom",
      severity: Severity.CRITICAL,
      kind: CorrelationKind.CAUSAL,
      summary: "memory pressure on worker-3 led to the kill of checkout",
      members: [
        { record: { recordId: memoryPressure }, role: "trigger" },
        { record: { recordId: oomKill }, role: "effect" },
      ],
      rootCause: { recordId: memoryPressure },
      causalChain: [{ causeId: memoryPressure, effectId: oomKill, confidence: 0.9 }],
    },
  },
];

export const concluded: readonly SentRecord[] = [
  { id: "demo-finding-1", kind: "finding", type: "memory.limit.too_low" },
  { id: "demo-correlation-1", kind: "correlation", type: "memory.pressure.caused.oom" },
];
