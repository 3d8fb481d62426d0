import { IntegrationError } from "@tapio/integration-core";
import type { IntegrationErrorCode } from "@tapio/integration-core";
import { retryAfterMsOf, verdictOf, verdictOfNetworkError } from "../core/errors.ts";
import type { ExportResult, OtlpTransport } from "../core/interfaces.ts";
import { LIMITS } from "../core/limits.ts";
import type { HttpAnswer, OtelSettings } from "../core/types.ts";
import { excerptOf, grpcExcerptOf, partialSuccessOf } from "./otlp-response.ts";

export interface OtlpExporter {
  /** Sends one request and says what became of it; never throws. */
  send(body: Uint8Array, signal: AbortSignal): Promise<ExportResult>;
}

export interface OtlpExporterOptions {
  readonly transport: OtlpTransport;
  readonly settings: Pick<OtelSettings, "displayUrl" | "secrets" | "timeoutMs">;
  /** Milliseconds since 1970, for dates in Retry-After. */
  readonly now: () => number;
}

export function createOtlpExporter(options: OtlpExporterOptions): OtlpExporter {
  const { transport, settings, now } = options;
  return {
    async send(body, signal) {
      let answer: HttpAnswer;
      try {
        answer = await transport.post(body, signal);
      } catch (error) {
        return { kind: "failed", error: signal.aborted ? abortError(signal, settings) : networkError(error, settings) };
      }
      return resultOf(answer, settings, now());
    },
  };
}

/** What a signal's abort means: its deadline passed, or somebody stops. */
export function abortError(signal: AbortSignal, settings: Pick<OtelSettings, "displayUrl" | "timeoutMs">): IntegrationError {
  const reason: unknown = signal.reason;
  const isTimeout = reason instanceof Error && reason.name === "TimeoutError";
  const message = isTimeout
    ? `no answer within the time of one attempt (timeout: ${settings.timeoutMs} ms)`
    : "stopped before the receiver answered";
  return otelError(isTimeout ? "timeout" : "canceled", message, settings, { cause: reason });
}

export function otelError(
  code: IntegrationErrorCode,
  message: string,
  settings: Pick<OtelSettings, "displayUrl">,
  more: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
): IntegrationError {
  return new IntegrationError({ integration: "otel", operation: `POST ${settings.displayUrl}`, code, message, ...more });
}

function resultOf(answer: HttpAnswer, settings: OtlpExporterOptions["settings"], nowMs: number): ExportResult {
  const verdict = verdictOf(answer.status, answer.contentType);
  if (verdict.kind === "accepted") return acceptedResult(answer, settings);
  const excerpt = excerptOf(answer.contentType, answer.body, settings.secrets) || grpcExcerptOf(answer.grpcMessage, settings.secrets);
  const target = verdict.code === "unavailable" ? ` (${settings.displayUrl}${redirectOf(answer, settings.displayUrl)})` : "";
  const message = `HTTP ${answer.status}${target}: ${verdict.advice}${excerpt === "" ? "" : `; it said: ${excerpt}`}`;
  const error = otelError(verdict.code, message, settings, { retryAfterMs: retryAfterMsOf(answer.retryAfter, nowMs) });
  return { kind: verdict.kind, error };
}

function acceptedResult(answer: HttpAnswer, settings: OtlpExporterOptions["settings"]): ExportResult {
  const partial = partialSuccessOf(answer.contentType, answer.body);
  const message = excerptOf("text/plain", Buffer.from(partial.message), settings.secrets);
  if (partial.rejectedSpans > 0) return { kind: "accepted", partial: { rejected: partial.rejectedSpans, message } };
  return message === "" ? { kind: "accepted" } : { kind: "accepted", warning: message };
}

/** The target of a redirect without its query, which may hold a secret. */
function redirectOf(answer: HttpAnswer, base: string): string {
  const target = answer.location === undefined ? null : URL.parse(answer.location, base);
  return target === null ? "" : ` -> ${target.origin}${target.pathname}`.slice(0, LIMITS.excerptLengthMax);
}

function networkError(error: unknown, settings: OtlpExporterOptions["settings"]): IntegrationError {
  const { code: errorCode, message } = detailOf(error);
  const { code, advice } = verdictOfNetworkError(errorCode);
  const text = `${settings.displayUrl}: ${advice} (${[errorCode, message].filter((part) => part !== "").join(": ")})`;
  return otelError(code, text, settings, { cause: error });
}

/** The system's error code; connecting to several addresses gives an AggregateError, whose first says enough. */
function detailOf(error: unknown): { readonly code: string; readonly message: string } {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  if (!(first instanceof Error)) return { code: "", message: String(first) };
  const code = "code" in first && typeof first.code === "string" ? first.code : "";
  return { code, message: first.message.slice(0, LIMITS.excerptLengthMax) };
}
