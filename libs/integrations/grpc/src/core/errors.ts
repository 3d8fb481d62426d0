import { Code, type ConnectError } from "@connectrpc/connect";
import type { IntegrationErrorCode } from "@tapio/integration-core";

/** What a failed call means for the records in it. */
export interface CallFailure {
  readonly code: IntegrationErrorCode;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/**
 * gRPC's status codes as our error codes (https://grpc.io/docs/guides/status-codes/).
 *
 * INTERNAL, UNKNOWN and DATA_LOSS are `unavailable`: they tell of a fault of the server or of a proxy in front of it, which is nothing that these
 * records did, and which people repair. FAILED_PRECONDITION wants the server's state to change. CANCELED comes here only when it was
 * not us who canceled.
 */
const codes: Readonly<Record<Code, IntegrationErrorCode>> = {
  [Code.Canceled]: "unavailable",
  [Code.Unknown]: "unavailable",
  [Code.InvalidArgument]: "record_invalid",
  [Code.DeadlineExceeded]: "timeout",
  [Code.NotFound]: "unavailable",
  [Code.AlreadyExists]: "record_invalid",
  [Code.PermissionDenied]: "access_denied",
  [Code.ResourceExhausted]: "throttled",
  [Code.FailedPrecondition]: "unavailable",
  [Code.Aborted]: "unavailable",
  [Code.OutOfRange]: "record_invalid",
  [Code.Unimplemented]: "unavailable",
  [Code.Internal]: "unavailable",
  [Code.Unavailable]: "unavailable",
  [Code.DataLoss]: "unavailable",
  [Code.Unauthenticated]: "access_denied",
};

/** What to do about it, where that is not plain from the server's words. */
const advice: { readonly [code in Code]?: string } = {
  [Code.Unauthenticated]: "check the token",
  [Code.PermissionDenied]: "check what the token allows",
  [Code.Unimplemented]: "there is no tapio.ingest.v1.IngestService; check the endpoint",
  [Code.NotFound]: "there is no tapio.ingest.v1.IngestService; check the endpoint",
};

/** What a failed call to `endpoint` means. */
export function callFailure(error: ConnectError, endpoint: string): CallFailure {
  // An answer that ends in the middle: connect-es says INVALID_ARGUMENT of it, which is about our reading and not about our records.
  const isCutShort = error.code === Code.InvalidArgument && error.rawMessage.startsWith("protocol error: ");
  const said = error.rawMessage === "" ? "no further words" : error.rawMessage;
  const hint = advice[error.code];
  return {
    code: isCutShort ? "unavailable" : codes[error.code],
    message: `${endpoint} answered ${Code[error.code]}: ${said}${hint === undefined ? "" : `; ${hint}`}`,
    retryAfterMs: retryAfterMs(error.metadata),
  };
}

/** Our servers say `retry-after-ms`, HTTP's say `retry-after` in seconds. */
export function retryAfterMs(metadata: Headers): number | undefined {
  const milliseconds = wholeNumber(metadata.get("retry-after-ms"));
  const seconds = wholeNumber(metadata.get("retry-after"));
  return milliseconds ?? (seconds === undefined ? undefined : seconds * 1000);
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Requests up to this size are taken by every server, so that "too large" cannot be what RESOURCE_EXHAUSTED means. */
const SMALL_REQUEST_BYTES = 64 * 1024;

/**
 * Whether a request was refused for what is in it, so that parts of it may pass: one of its records is wrong, or it is larger than the
 * server takes, which is RESOURCE_EXHAUSTED without a hint to come again.
 */
export function recordsMayBeToBlame(failure: CallFailure, requestBytes: number): boolean {
  if (failure.code === "throttled") return failure.retryAfterMs === undefined && requestBytes > SMALL_REQUEST_BYTES;
  return failure.code === "record_invalid";
}
