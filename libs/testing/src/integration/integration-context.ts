import type { IntegrationContext } from "@tapio/integration-core";
import { silentLogger } from "../telemetry/loggers.ts";
import { noopMeter } from "../telemetry/meters.ts";
import { noopTracer } from "../telemetry/noop-tracer.ts";
import { systemClock } from "../time/system-clock.ts";

/** A context with silent ports, real time and the name `test`, unless `overrides` says otherwise. */
export function createIntegrationContext(overrides: Partial<IntegrationContext> = {}): IntegrationContext {
  return { name: "test", logger: silentLogger, meter: noopMeter, tracer: noopTracer, clock: systemClock, ...overrides };
}
