import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CorrelationKind } from "@tapio/contracts/domain/v1/correlation";
import { FindingState } from "@tapio/contracts/domain/v1/finding";
import { RecordSchema, type Record as TapioRecord } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { seededRandom } from "./seeded-random.ts";

/** What the oracle knows of a record without looking at it. */
export interface ChaosRecord {
  readonly id: string;
  readonly kind: "event" | "finding" | "correlation";
  readonly type: string;
  readonly severity: Severity;
  /** What `ordering: key` sees: the first resource; absent: the record has none. */
  readonly key?: string;
  /** Every receiver refuses it for good, whenever it comes. */
  readonly isPoison: boolean;
  readonly message: string;
}

const severities = [Severity.DEBUG, Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL] as const;
const severityNames = ["debug", "info", "warning", "error", "critical"] as const;
const types = ["kernel.node.cpu_stall", "kernel.container.oom_kill", "kernel.network.connection_refused"] as const;
const startMs = 1_793_534_400_000;

export function isPoison(id: string): boolean {
  return id.endsWith("-poison");
}

/** Record number `n` of a round; a source that can only send events gets one. */
export function chaosRecord(seed: number, round: number, n: number, paddingBytes: number, eventsOnly = false): ChaosRecord {
  const random = seededRandom(seed, "record", round, n);
  const kind = random.weighted<ChaosRecord["kind"]>([
    ["event", 8],
    ["finding", 1],
    ["correlation", 1],
  ]);
  const severity = random.pick(severities);
  const type = random.pick(types);
  const key = random.between(0, 9);
  const poison = random.chance(0.01);
  return {
    id: `c${round}-${n}${poison ? "-poison" : ""}`,
    kind: eventsOnly ? "event" : kind,
    type,
    severity,
    ...(key === 9 ? {} : { key: `pod-${key}` }),
    isPoison: poison,
    message: `number ${n}${paddingBytes > 0 ? ` ${"x".repeat(paddingBytes)}` : ""}`,
  };
}

/** As a caller of Publish sends it. */
export function recordMessage(record: ChaosRecord): TapioRecord {
  const { id, type, severity, message } = record;
  const resources = record.key === undefined ? [] : [{ kind: "pod", name: record.key, namespace: "chaos" }];
  const common = { id, type, severity, time: timestampFromMs(startMs), resources };
  const inputs = {
    event: () => ({ case: "event", value: { ...common, message } }),
    finding: () => ({ case: "finding", value: { ...common, title: message, state: FindingState.OPEN, confidence: 0.5 } }),
    correlation: () => ({
      case: "correlation",
      value: { ...common, summary: message, kind: CorrelationKind.TEMPORAL, members: [{ record: { recordId: "other" } }] },
    }),
  } as const;
  return create(RecordSchema, { kind: inputs[record.kind]() } as MessageInitShape<typeof RecordSchema>);
}

/** As an agent posts it. */
export function occurrenceJson(record: ChaosRecord): string {
  const entities = record.key === undefined ? [] : [{ kind: "pod", id: record.key, name: record.key }];
  return JSON.stringify({
    id: record.id,
    timestamp: new Date(startMs).toISOString(),
    source: "tapio",
    type: record.type,
    severity: severityNames[severities.indexOf(record.severity as (typeof severities)[number])],
    context: entities.length === 0 ? {} : { namespace: "chaos", entities },
    error: { code: "CHAOS", message: record.message },
  });
}
