import { create } from "@bufbuild/protobuf";
import { RecordFilterSchema } from "@tapio/contracts/domain/v1/record";
import { bindIntegration, retryPolicyFrom, windowPolicyFrom, type DestinationSpec } from "@tapio/runtime";
import type { ModelSettings } from "./destination-model.ts";
import { createCountingIntegration, createPeerIntegration, type Peer } from "./receivers.ts";
import type { Name } from "./steps.ts";

/** Small enough that a few records meet every bound. */
const window = {
  ...windowPolicyFrom(undefined),
  ...{ maxBatchRecords: 4, maxInFlightRecords: 6, attemptTimeoutMs: 5000, maxWaitingRecords: 6, maxParkedRecords: 4 },
};
const retry = { ...retryPolicyFrom(undefined), maxAttempts: 3, maxDelayMs: 10_000 };

const ordered = new Set<Name>(["keyed", "keyed-batch"]);

export function settingsOf(name: Name): ModelSettings {
  return {
    isOrdered: ordered.has(name),
    isStateful: name === "counts",
    maxInFlightRecords: window.maxInFlightRecords,
    maxAttempts: retry.maxAttempts,
  };
}

/** The types that a destination takes; empty: all. */
export function typesOf(name: Name, variant: 0 | 1): readonly string[] {
  return (name === "single" || name === "keyed") && variant === 1 ? ["kernel.a"] : [];
}

/** A destination as the configuration of this variant has it. */
export function specOf(name: Name, variant: 0 | 1, peer: Peer, isAlive: () => boolean): DestinationSpec {
  const types = typesOf(name, variant);
  const isBatching = name === "batch" || name === "keyed-batch";
  const make = name === "counts" ? () => createCountingIntegration(peer, isAlive) : () => createPeerIntegration(peer, isBatching, isAlive);
  // Its own receiver changes nothing, so that a reload leaves it alone.
  const hash = name === "hangs" ? 0 : variant;
  return {
    ...{ name, kind: name === "counts" ? "counting" : "peer", start: { at: "beginning" }, configHash: `${name}-${hash}`, retry },
    window: name === "batch" ? { ...window, lingerMs: 200 } : window,
    ...(types.length === 0 ? {} : { filter: create(RecordFilterSchema, { types: [...types] }) }),
    ...(ordered.has(name) ? { ordering: { by: "key", expression: "" } } : {}),
    ...(name === "hangs" ? { backlog: { bytesMax: Infinity, ageMsMax: 60_000, onFull: "detach" } } : {}),
    ...(name === "batch" ? { backlog: { bytesMax: 12_000, ageMsMax: Infinity, onFull: "refuse" } } : {}),
    create: bindIntegration(make, {}),
  };
}
