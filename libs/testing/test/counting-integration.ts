import { delivered, failed, IntegrationError, type Integration, type Outcome } from "@tapio/integration-core";
import type { IntegrationSubject } from "@tapio/testing";

/** The smallest integration with state: counts records, and shows the last committed count. */
export interface CountingIntegration extends Integration<object> {
  shown(): number;
}

export function createCountingIntegration(): CountingIntegration {
  let applied = 0;
  let snapshotted = 0;
  let shown = 0;
  let open = false;
  const count = (signal: AbortSignal): Promise<Outcome> => {
    if (open && !signal.aborted) {
      applied += 1;
      return Promise.resolve(delivered());
    }
    const error = { integration: "counting", operation: "count", code: "canceled", message: "closed or aborted" } as const;
    return Promise.resolve(failed(new IntegrationError(error)));
  };
  return {
    name: "counting",
    initialize: (_config, { restored }) => {
      applied = restored === undefined ? 0 : Number(new TextDecoder().decode(restored));
      snapshotted = applied;
      shown = applied;
      open = true;
      return Promise.resolve();
    },
    processEvent: (_event, { signal }) => count(signal),
    processFinding: (_finding, { signal }) => count(signal),
    processCorrelation: (_correlation, { signal }) => count(signal),
    snapshot: () => {
      snapshotted = applied;
      return new TextEncoder().encode(String(applied));
    },
    committed: () => {
      shown = snapshotted;
    },
    health: () => Promise.resolve({ healthy: open, message: open ? "" : "closed", details: {} }),
    close: () => {
      open = false;
      return Promise.resolve();
    },
    shown: () => shown,
  };
}

/** A subject whose peer is the integration's own view; `change` breaks the integration on purpose. */
export function countingSubject(
  change: (whole: CountingIntegration) => CountingIntegration = (whole) => whole,
): IntegrationSubject<object> {
  let latest: CountingIntegration | undefined;
  return {
    create: () => (latest = change(createCountingIntegration())),
    modes: [],
    startPeer: () =>
      Promise.resolve({
        config: {},
        behave: () => undefined,
        receivedCount: () => Promise.resolve(latest?.shown() ?? 0),
        close: () => Promise.resolve(),
      }),
  };
}
