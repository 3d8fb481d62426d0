import type { Record } from "@tapio/contracts/domain/v1/record";
import { failed, IntegrationError } from "@tapio/integration-core";
import type { HealthStatus, IntegrationContext, Outcome } from "@tapio/integration-core";
import type { OtlpTransport } from "../core/interfaces.ts";
import { LIMITS } from "../core/limits.ts";
import type { OtelSettings } from "../core/types.ts";
import { deliverBatch } from "./batch-delivery.ts";
import { abortError, createOtlpExporter, otelError } from "./otlp-exporter.ts";
import { createOtlpEncoder } from "./otlp-encoder.ts";
import type { OtlpEncoder, SpanBatch } from "./otlp-encoder.ts";
import { createRequestSender } from "./request-sender.ts";

export interface OtelSessionLimits {
  /** Bytes of an uncompressed request; a larger one is split. Default 64 MiB. */
  readonly requestBytesMax: number;
  /** Requests that one attempt may spend when the receiver refuses some of its records. Default 128. */
  readonly bisectRequestsMax: number;
}

/** An open destination. */
export interface OtelSession {
  /** One outcome per record, in their order. Each source is asked once. */
  deliver(sources: readonly (() => Record["kind"])[], signal: AbortSignal): Promise<readonly Outcome[]>;
  health(signal: AbortSignal): Promise<HealthStatus>;
  close(): Promise<void>;
}

export interface OtelSessionOptions {
  readonly settings: OtelSettings;
  readonly transport: OtlpTransport;
  readonly context: Pick<IntegrationContext, "name" | "logger" | "meter" | "clock">;
  readonly limits: Partial<OtelSessionLimits>;
}

const EMPTY_REQUEST = new Uint8Array(0);

export function createOtelSession(options: OtelSessionOptions): OtelSession {
  const { settings, transport, context } = options;
  const requestBytesMax = options.limits.requestBytesMax ?? LIMITS.requestBytesMax;
  const requestsMax = options.limits.bisectRequestsMax ?? LIMITS.bisectRequestsMax;
  const exporter = createOtlpExporter({ transport, settings, now: () => context.clock.now() });
  const send = createRequestSender({ exporter, settings, context, requestBytesMax });
  const encoder = createOtlpEncoder(settings.resourceAttributes);
  const closing = new AbortController();

  /** Runs `work` under the attempt's deadline, the caller's signal and close(). */
  async function underDeadline<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new DOMException("the attempt's time is over", "TimeoutError")), settings.timeoutMs);
    try {
      return await work(AbortSignal.any([signal, closing.signal, deadline.signal]));
    } finally {
      clearTimeout(timer);
    }
  }

  async function deliverSpans(batch: SpanBatch, signal: AbortSignal): Promise<readonly Outcome[]> {
    return underDeadline(signal, (bounded) =>
      deliverBatch({
        count: batch.count,
        requestsMax,
        send: (start, end) => send(batch, start, end, bounded),
        exhausted: (refusal) => {
          const message = `the receiver refuses many records of this batch, and ${requestsMax} requests did not find them all: ${refusal.message}`;
          return otelError("unavailable", message, settings, { cause: refusal });
        },
      }),
    );
  }

  return {
    async deliver(sources, signal) {
      const unfit = sources.map((source) => encode(source, encoder, settings));
      const batch = encoder.finish();
      const sent = batch.count === 0 ? [] : await deliverSpans(batch, signal).finally(() => batch.release());
      if (batch.count === sources.length) return sent;
      let next = 0;
      return unfit.map((outcome) => outcome ?? sent[next++] ?? failed(abortError(signal, settings)));
    },
    async health(signal) {
      const details = { endpoint: settings.displayUrl };
      const result = await underDeadline(signal, (bounded) => exporter.send(EMPTY_REQUEST, bounded));
      if (result.kind === "accepted") return { healthy: true, message: "", details };
      return { healthy: false, message: result.error.message, details: { ...details, code: result.error.code } };
    },
    async close() {
      closing.abort(new DOMException("the destination is closed", "AbortError"));
      await transport.close();
    },
  };
}

/** Adds the record's span to the batch, or says what is wrong with the record; one broken record does not spoil the others. */
function encode(source: () => Record["kind"], encoder: OtlpEncoder, settings: OtelSettings): Outcome | undefined {
  try {
    const record = source();
    if (record.case === undefined)
      return failed(otelError("record_invalid", "the record is neither an event, a finding nor a correlation", settings));
    encoder.add(record);
    return undefined;
  } catch (error) {
    return failed(IntegrationError.from(error, { integration: "otel", operation: "convert a record to a span" }));
  }
}
