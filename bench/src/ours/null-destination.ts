import { delivered, type Integration, type Outcome } from "@tapio/integration-core";
import { bindIntegration, retryPolicyFrom, windowPolicyFrom, type DestinationSpec, type StartPosition } from "@tapio/runtime";

/** As many as OTLP destinations take at once, by their default. */
const batchRecords = 500;

/** A destination that takes everything at once and says which records those were: what the way to a destination costs by itself. */
export function nullDestination(name: string, start: StartPosition, onRecord: (id: string, nowMs: number) => void): DestinationSpec {
  return {
    name,
    kind: "null",
    start,
    retry: retryPolicyFrom(undefined, undefined),
    window: { ...windowPolicyFrom(undefined), maxBatchRecords: batchRecords },
    configHash: "null",
    create: bindIntegration(() => createNullIntegration(onRecord), undefined),
  };
}

function createNullIntegration(onRecord: (id: string, nowMs: number) => void): Integration<undefined> {
  const one = async (record: { readonly id: string }): Promise<Outcome> => {
    onRecord(record.id, Date.now());
    return delivered();
  };
  return {
    name: "null",
    initialize: async () => undefined,
    processEvent: one,
    processFinding: one,
    processCorrelation: one,
    processBatch: async (records) => {
      const nowMs = Date.now();
      for (const { header } of records) onRecord(header.id, nowMs);
      return records.map(() => delivered());
    },
    health: async () => ({ healthy: true, message: "", details: {} }),
    close: async () => undefined,
  };
}
