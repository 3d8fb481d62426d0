import type { IntegrationErrorCode } from "@tapio/integration-core";

/** What a status means for the request. `refused` may be the fault of a single record, so the request is split and sent again. */
export type StatusVerdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly code: "record_invalid"; readonly advice: string }
  | { readonly kind: "failed"; readonly code: IntegrationErrorCode; readonly advice: string };

const failed = (code: IntegrationErrorCode, advice: string): StatusVerdict => ({ kind: "failed", code, advice });

const REFUSED: StatusVerdict = { kind: "refused", code: "record_invalid", advice: "the receiver does not accept this record" };
const TOO_LARGE: StatusVerdict = {
  kind: "refused",
  code: "record_invalid",
  advice: "the record is larger than the receiver takes; raise the receiver's limit and replay it",
};
const WRONG_URL = failed("unavailable", "no OTLP receiver answers at this URL; check endpoint and traces_endpoint");
const NOT_OTLP = failed(
  "unavailable",
  "a web page answered, not an OTLP receiver; check endpoint and what stands in front of the receiver",
);
const NOT_HTTP = failed(
  "unavailable",
  "a gRPC server answered; set endpoint to the receiver's OTLP/HTTP port (4318), not OTLP/gRPC's (4317)",
);
const DENIED = failed("access_denied", "check the credentials in headers or tls");

const BY_STATUS: ReadonlyMap<number, StatusVerdict> = new Map([
  [400, REFUSED],
  [401, DENIED],
  [403, DENIED],
  [404, WRONG_URL],
  [405, WRONG_URL],
  [407, failed("access_denied", "a proxy asks for credentials; proxies are not supported, reach the receiver directly")],
  [408, failed("timeout", "the receiver waited too long for the request")],
  [410, failed("gone", "the receiver wants no more")],
  [413, TOO_LARGE],
  [
    415,
    failed("unavailable", "the receiver does not take OTLP protobuf with this compression; try compression: NONE, or another endpoint"),
  ],
  [422, REFUSED],
  [429, failed("throttled", "the receiver asks for fewer requests")],
  [431, failed("unavailable", "the receiver finds the configured headers too large")],
]);

/**
 * The table of README.md. OTLP calls only 429, 502, 503 and 504 retryable
 * (https://opentelemetry.io/docs/specs/otlp/#otlphttp-response); this goes further wherever dropping data for good would be the
 * answer to a mistake that a person can mend: a wrong URL, a proxy in between, a receiver with a bug.
 */
export function verdictOf(status: number, contentType: string): StatusVerdict {
  const isPage = contentType === "text/html";
  // gRPC says 200 to everything, and has what became of it in headers of its own.
  if (contentType.startsWith("application/grpc") && status >= 200 && status < 300) return NOT_HTTP;
  if (status >= 200 && status < 300) return isPage ? NOT_OTLP : { kind: "accepted" };
  if (isPage && (status === 400 || status === 422)) return NOT_OTLP;
  const known = BY_STATUS.get(status);
  if (known !== undefined) return known;
  if (status >= 500) return failed("unavailable", "the receiver has a problem of its own");
  if (status >= 400) return failed("unavailable", "the receiver refuses requests of this form; check endpoint and headers");
  if (status >= 300) return failed("unavailable", "redirects are not followed; set endpoint to the final URL");
  return failed("unavailable", "the receiver gave an answer that is not HTTP semantics for a POST");
}

/** What a broken exchange means: never the record's fault. */
export function verdictOfNetworkError(errorCode: string): { readonly code: IntegrationErrorCode; readonly advice: string } {
  if (errorCode === "UND_ERR_HEADERS_TIMEOUT" || errorCode === "UND_ERR_BODY_TIMEOUT")
    return { code: "timeout", advice: "no answer in time" };
  if (errorCode === "ENOTFOUND" || errorCode === "EAI_AGAIN")
    return { code: "unavailable", advice: "the host name does not resolve; check endpoint and DNS" };
  if (errorCode === "ECONNREFUSED") return { code: "unavailable", advice: "nothing listens there; is the receiver running?" };
  if (TLS_ERROR.test(errorCode))
    return {
      code: "unavailable",
      advice: "TLS failed; check tls.ca_file, the receiver's certificate and whether the URL should be http://",
    };
  if (errorCode.startsWith("HPE_"))
    return {
      code: "unavailable",
      advice: "the answer is not HTTP/1.1; check that endpoint is an OTLP/HTTP port (4318), not OTLP/gRPC (4317)",
    };
  return { code: "unavailable", advice: "the connection failed" };
}

const TLS_ERROR = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO$|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** Milliseconds that a Retry-After header asks for: seconds or an HTTP date (RFC 9110, 10.2.3). Nonsense is no hint. */
export function retryAfterMsOf(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse takes much that is no HTTP date; each of its three forms begins with the name of a day.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
