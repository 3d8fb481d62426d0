import type { Record } from "@tapio/contracts/domain/v1/record";
import { failed, IntegrationError } from "@tapio/integration-core";
import type { HealthStatus, IntegrationContext, Outcome } from "@tapio/integration-core";
import type { OtlpTransport } from "../core/interfaces.ts";
import { LIMITS } from "../core/limits.ts";
import type { OtelSettings, PlacedSpan } from "../core/types.ts";
import { deliverBatch } from "./batch-delivery.ts";
import { abortError, createOtlpExporter, otelError } from "./otlp-exporter.ts";
import { createRequestSender } from "./request-sender.ts";
import { placeRecord } from "../processor/place-record.ts";

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

  async function deliverPlaced(placed: readonly PlacedSpan[], signal: AbortSignal): Promise<readonly Outcome[]> {
    return underDeadline(signal, (bounded) =>
      deliverBatch({
        count: placed.length,
        requestsMax,
        send: (start, end) => send(placed.length === end - start ? placed : placed.slice(start, end), bounded),
        exhausted: (refusal) => {
          const message = `the receiver refuses many records of this batch, and ${requestsMax} requests did not find them all: ${refusal.message}`;
          return otelError("unavailable", message, settings, { cause: refusal });
        },
      }),
    );
  }

  return {
    async deliver(sources, signal) {
      const prepared = sources.map((source) => place(source, settings));
      const placed = prepared.filter((each): each is PlacedSpan => !("kind" in each));
      const sent = placed.length === 0 ? [] : await deliverPlaced(placed, signal);
      if (placed.length === prepared.length) return sent;
      let next = 0;
      return prepared.map((each) => ("kind" in each ? each : (sent[next++] ?? failed(abortError(signal, settings)))));
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

/** The record's span, or what is wrong with the record; one broken record does not spoil the others. */
function place(source: () => Record["kind"], settings: OtelSettings): PlacedSpan | Outcome {
  try {
    const record = source();
    if (record.case !== undefined) return placeRecord(record);
    return failed(otelError("record_invalid", "the record is neither an event, a finding nor a correlation", settings));
  } catch (error) {
    return failed(IntegrationError.from(error, { integration: "otel", operation: "convert a record to a span" }));
  }
}
