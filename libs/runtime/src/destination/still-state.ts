import { createIntegrationHost } from "../integration-host.ts";
import type { Parts } from "./parts.ts";

/** The integration of a destination that stands still, open for its state alone. */
export interface StillState {
  /** Resolves when it is open, or will not be. */
  readonly begun: Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the integration of a destination that stands still, when it has state of its own, from what was last committed: counters do not vanish from
 * /metrics because nobody counts. `undefined`: it has none. Nothing is delivered to it.
 */
export function showState({ options, spec, opened, condition }: Parts): StillState | undefined {
  const state = opened?.ledger.state;
  if (state === undefined || spec.create().snapshot === undefined) return undefined;
  const { clock, logger, meter, tracer, random } = options;
  const halt = new AbortController();
  const host = createIntegrationHost({
    create: spec.create,
    context: { name: spec.name, logger, meter, tracer, clock },
    ...{ clock, random, initializeTimeoutMs: spec.window.attemptTimeoutMs },
    onRefused: ({ code, message }) => condition.noteError(code, message),
    onFailing: ({ code, message }) => condition.noteError(code, message),
  });
  return {
    begun: host.open(state, halt.signal).then(() => undefined),
    async close() {
      halt.abort();
      await host.close();
    },
  };
}
