import type { IntegrationContext } from "@tapio/integration-core";
import type { ExportResult } from "../core/interfaces.ts";
import type { OtelSettings } from "../core/types.ts";
import type { SpanBatch } from "./otlp-encoder.ts";
import { abortError, otelError } from "./otlp-exporter.ts";
import type { OtlpExporter } from "./otlp-exporter.ts";

/** Sends the spans from `start` up to, not including, `end` as one request, and refuses by itself what would be too large. */
export type RequestSender = (batch: SpanBatch, start: number, end: number, signal: AbortSignal) => Promise<ExportResult>;

export interface RequestSenderOptions {
  readonly exporter: OtlpExporter;
  readonly settings: Pick<OtelSettings, "displayUrl" | "timeoutMs">;
  readonly context: Pick<IntegrationContext, "name" | "logger" | "meter">;
  readonly requestBytesMax: number;
}

export function createRequestSender(options: RequestSenderOptions): RequestSender {
  const { exporter, settings, context, requestBytesMax } = options;
  const count = createCounter(context);
  const notice = createNotice(context);
  return async (batch, start, end, signal) => {
    if (signal.aborted) return { kind: "failed", error: abortError(signal, settings) };
    const body = batch.request(start, end);
    if (body.length > requestBytesMax) {
      const message = `a request of ${body.length} bytes exceeds the limit of ${requestBytesMax}`;
      return { kind: "refused", error: otelError("record_invalid", message, settings) };
    }
    const result = await exporter.send(body, signal);
    count(result, end - start, body.length);
    notice(result);
    return result;
  };
}

/** Logs the receiver's reservations, and not again while it keeps repeating the same words. */
function createNotice(context: RequestSenderOptions["context"]): (result: ExportResult) => void {
  let last: string | undefined;
  return (result) => {
    if (result.kind !== "accepted") return;
    const text = result.partial?.message ?? result.warning;
    if (text === undefined || text === last) return;
    last = text;
    const fields = { destination: context.name, rejected_spans: result.partial?.rejected ?? 0, receiver_message: text };
    context.logger.warn(fields, "the OTLP receiver took a request with reservations");
  };
}

function createCounter({
  meter,
  name: destination,
}: RequestSenderOptions["context"]): (result: ExportResult, spans: number, bytes: number) => void {
  const labels = ["destination", "result"];
  const requestsTotal = meter.counter("tapio_otel_requests_total", "Requests to OTLP receivers, by what became of them.", labels);
  const spansTotal = meter.counter("tapio_otel_spans_total", "Spans that OTLP receivers took or rejected.", labels);
  const bytesTotal = meter.counter("tapio_otel_request_bytes_total", "Bytes of OTLP requests before compression.", ["destination"]);
  return (result, spans, bytes) => {
    requestsTotal.add(1, { destination, result: result.kind === "accepted" ? "accepted" : result.error.code });
    bytesTotal.add(bytes, { destination });
    if (result.kind !== "accepted") return;
    const rejected = Math.min(result.partial?.rejected ?? 0, spans);
    spansTotal.add(spans - rejected, { destination, result: "accepted" });
    if (rejected > 0) spansTotal.add(rejected, { destination, result: "rejected" });
  };
}
