import { retryPolicyFrom, windowPolicyFrom } from "../src/policy.ts";
import type { MachineOptions } from "../src/machine/machine-state.ts";

/** A machine that takes everything, in batches and without order, with the defaults of a configuration; its cursor waits for nothing. */
export function machineOptions(overrides: Partial<MachineOptions> = {}): MachineOptions {
  return {
    ...{ name: "d", isBatching: true, isOrdered: false, configHash: "h", cursor: 0, above: new Set(), random: () => 0, cursorPaceMs: 0 },
    retry: retryPolicyFrom(undefined),
    window: windowPolicyFrom(undefined),
    breaker: { failuresToOpen: 5, firstProbeDelayMs: 1000, maxProbeDelayMs: 60_000, recoveredAtRecords: 128 },
    judge: () => ({ kind: "take", key: undefined }),
    ...overrides,
  };
}
