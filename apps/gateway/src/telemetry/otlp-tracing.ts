import { randomUUID } from "node:crypto";
import { ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags, type Span, type Tracer as OtelTracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from "@opentelemetry/semantic-conventions";
import type { Logger, Meter, Tracer, TracerSpan } from "@tapio/integration-core";
import { activeSpans, type ActiveSpan } from "./active-span.ts";
import { watchedExporter } from "./watched-exporter.ts";
import type { TraceSettings, Tracing } from "./tracing.ts";
import { VERSION } from "./version.ts";

/** One export may take this long, its retries included: a collector that is away must not hold up a stop. */
const exportTimeoutMs = 5_000;

/**
 * Traces over OTLP, on the SDK's `TracerProvider`, which is what `NodeTracerProvider` of `@opentelemetry/sdk-trace-node` became in version 3.
 * Nothing is registered globally: no library's own instrumentation can add to them, and spans never become records.
 */
export function createOtlpTracing(settings: TraceSettings, logger: Logger, meter: Meter): Tracing {
  const exporter = new OTLPTraceExporter({
    ...(settings.endpoint === undefined ? {} : { url: `${settings.endpoint.replace(/\/+$/, "")}/v1/traces` }),
    headers: { ...settings.headers },
    timeoutMillis: exportTimeoutMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: "tapio-gateway",
      [ATTR_SERVICE_VERSION]: VERSION,
      [ATTR_SERVICE_INSTANCE_ID]: randomUUID(),
    }).merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: watchedExporter(exporter, logger, meter), exportTimeoutMillis: exportTimeoutMs + 1_000 }),
    ],
  });
  return {
    tracer: createTracer(provider.getTracer("@tapio/gateway", VERSION)),
    isOn: true,
    async close(limitMs) {
      const limit = Promise.withResolvers<void>();
      const timer = setTimeout(() => limit.resolve(), limitMs);
      await Promise.race([provider.shutdown().catch(() => undefined), limit.promise]);
      clearTimeout(timer);
    },
  };
}

/** What is current in an asynchronous flow, with the span that stands behind it. */
interface Current extends ActiveSpan {
  readonly span: Span;
}

function createTracer(tracer: OtelTracer): Tracer {
  return {
    startSpan(name, attributes = {}) {
      const parent = activeSpans.getStore() as Current | undefined;
      const context = parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent.span);
      return wrap(tracer.startSpan(name, { attributes: { ...attributes } }, context));
    },
  };
}

function wrap(span: Span): TracerSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const current: Current = { traceId, spanId, isKept: (traceFlags & TraceFlags.SAMPLED) !== 0, span };
  return {
    set: (attributes) => void span.setAttributes({ ...attributes }),
    setError: (message) => void span.setStatus({ code: SpanStatusCode.ERROR, message }),
    run: (work) => activeSpans.run(current, work),
    end: () => span.end(),
  };
}
