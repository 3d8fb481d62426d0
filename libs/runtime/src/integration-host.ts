import { IntegrationError, type Clock, type HealthStatus, type IntegrationContext, type Logger } from "@tapio/integration-core";
import { backoffMs } from "./backoff.ts";
import type { BoundIntegration } from "./bound-integration.ts";
import { pause, within } from "./wake.ts";

/** Makes, initializes and closes the integration of one destination. */
export interface IntegrationHost {
  readonly integration: BoundIntegration | undefined;
  /** Tries until the integration is initialized; `undefined` when the signal aborted or the config cannot work (`onRefused`). */
  open(restored: Uint8Array | undefined, signal: AbortSignal): Promise<BoundIntegration | undefined>;
  /** Probes; ends when the signal aborts or after a few seconds, whatever the integration does. */
  health(signal: AbortSignal): Promise<HealthStatus>;
  /** Waits a second at most. Never rejects. */
  close(): Promise<void>;
}

export interface IntegrationHostOptions {
  readonly create: () => BoundIntegration;
  readonly context: Omit<IntegrationContext, "restored">;
  readonly clock: Clock;
  readonly initializeTimeoutMs: number;
  random(): number;
  onRefused(error: IntegrationError): void;
  /** Initializing failed and is tried again. */
  onFailing(error: IntegrationError): void;
}

const backoff = { initialDelayMs: 1000, maxDelayMs: 60_000, multiplier: 2 };
const closeLimitMs = 1500;
const healthLimitMs = 5000;

export function createIntegrationHost(options: IntegrationHostOptions): IntegrationHost {
  const { clock } = options;
  const { name } = options.context;
  let current: BoundIntegration | undefined;

  async function tryOpen(restored: Uint8Array | undefined, signal: AbortSignal): Promise<BoundIntegration | IntegrationError> {
    let where = { integration: name, operation: "create" };
    try {
      const made = options.create();
      current = made;
      where = { integration: made.name, operation: "initialize" };
      const initialized = made
        .initialize({ ...options.context, ...(restored === undefined ? {} : { restored }) })
        .then(() => "initialized" as const);
      const result = await within(
        clock,
        options.initializeTimeoutMs,
        Promise.race([initialized, untilAborted(signal, "stopped" as const)]),
      );
      if (result === "initialized") return made;
      const code = result === "stopped" ? "canceled" : "timeout";
      return new IntegrationError({ ...where, code, message: `not initialized within ${options.initializeTimeoutMs} ms` });
    } catch (reason) {
      return IntegrationError.from(reason, where);
    }
  }

  async function close(): Promise<void> {
    const closing = current;
    current = undefined;
    if (closing !== undefined) await closeOne(clock, closing, options.context);
  }

  return {
    get integration() {
      return current;
    },
    async open(restored, signal) {
      for (let failures = 1; !signal.aborted; failures += 1) {
        const result = await tryOpen(restored, signal);
        if (!(result instanceof IntegrationError)) return result;
        await close();
        if (signal.aborted) break;
        if (result.code === "config_invalid") {
          options.onRefused(result);
          return undefined;
        }
        options.onFailing(result);
        await pause(clock, backoffMs(backoff, failures, options.random()), signal);
      }
      return undefined;
    },
    async health(signal) {
      if (current === undefined) return { healthy: false, message: "the integration is not open", details: {} };
      return await probe(clock, current, signal);
    },
    close,
  };
}

/** Used a few times in a destination's life; the listener stays until the signal goes. */
function untilAborted<T>(signal: AbortSignal, value: T): Promise<T> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(value), { once: true }));
}

async function closeOne(
  clock: Clock,
  integration: BoundIntegration,
  { name, logger }: { readonly name: string; readonly logger: Logger },
): Promise<void> {
  try {
    const result = await within(
      clock,
      closeLimitMs,
      integration.close().then(() => "closed" as const),
    );
    if (result === undefined)
      logger.warn({ destination: name, limit_ms: closeLimitMs }, "the integration did not close in time and is left behind");
  } catch (reason) {
    logger.warn({ destination: name, error: String(reason) }, "the integration failed to close");
  }
}

async function probe(clock: Clock, integration: BoundIntegration, signal: AbortSignal): Promise<HealthStatus> {
  const call = new AbortController();
  const ended = Promise.withResolvers<undefined>();
  const onAbort = (): void => {
    ended.resolve(undefined);
    call.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const status = await within(clock, healthLimitMs, Promise.race([integration.health({ signal: call.signal }), ended.promise]));
    return status ?? { healthy: false, message: "the health probe did not answer in time", details: {} };
  } catch (reason) {
    const { message } = IntegrationError.from(reason, { integration: integration.name, operation: "health" });
    return { healthy: false, message: `the health probe failed: ${message}`, details: {} };
  } finally {
    signal.removeEventListener("abort", onAbort);
    call.abort();
  }
}
