import type { TelemetryConfig } from "@tapio/contracts/gateway/v1/config";
import type { Logger, Meter, Tracer } from "@tapio/integration-core";
import { noTracer } from "./tracer.ts";

/** Traces of the gateway's own work. */
export interface Tracing {
  readonly tracer: Tracer;
  /** False: nothing is traced, and nothing needs to be wrapped for it. */
  readonly isOn: boolean;
  /** Sends what is left, and ends it, within `limitMs`. Never rejects. */
  close(limitMs: number): Promise<void>;
}

export interface TraceSettings {
  /** Base URL; `undefined`: what the exporter finds in the environment. */
  readonly endpoint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly sampleRatio: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const off: Tracing = { tracer: noTracer, isOn: false, close: async () => undefined };

/** Fills the defaults that `tapio.gateway.v1.TraceConfig` documents; `undefined`: nobody wants traces. */
export function traceSettingsOf(config: TelemetryConfig | undefined, env: Environment): TraceSettings | undefined {
  if (env["OTEL_SDK_DISABLED"] === "true") return undefined;
  const traces = config?.traces;
  const endpoint = traces?.endpoint || undefined;
  const isInEnvironment = Boolean(env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]) || Boolean(env["OTEL_EXPORTER_OTLP_ENDPOINT"]);
  if (endpoint === undefined && !isInEnvironment) return undefined;
  return { endpoint, headers: traces?.headers ?? {}, sampleRatio: traces?.sampleRatio ?? 0.01 };
}

/** Loads what makes and sends traces only when somebody wants them. */
export async function openTracing(settings: TraceSettings | undefined, logger: Logger, meter: Meter): Promise<Tracing> {
  if (settings === undefined) return off;
  const { createOtlpTracing } = await import("./otlp-tracing.ts");
  return createOtlpTracing(settings, logger, meter);
}
