import { Code, ConnectError } from "@connectrpc/connect";
import { PublishStreamResponseSchema } from "@tapio/contracts/ingest/v1/ingest";
import { toPublishSummary } from "./publish-results.ts";
import type { PublishSummary } from "./tapio-client.ts";

/** Why a call failed; the names are those of gRPC (https://grpc.io/docs/guides/status-codes/). */
export type TapioErrorCode =
  | "canceled"
  | "unknown"
  | "invalid_argument"
  | "deadline_exceeded"
  | "not_found"
  | "already_exists"
  | "permission_denied"
  | "resource_exhausted"
  | "failed_precondition"
  | "aborted"
  | "out_of_range"
  | "unimplemented"
  | "internal"
  | "unavailable"
  | "data_loss"
  | "unauthenticated";

const codeNames: Readonly<Record<Code, TapioErrorCode>> = {
  [Code.Canceled]: "canceled",
  [Code.Unknown]: "unknown",
  [Code.InvalidArgument]: "invalid_argument",
  [Code.DeadlineExceeded]: "deadline_exceeded",
  [Code.NotFound]: "not_found",
  [Code.AlreadyExists]: "already_exists",
  [Code.PermissionDenied]: "permission_denied",
  [Code.ResourceExhausted]: "resource_exhausted",
  [Code.FailedPrecondition]: "failed_precondition",
  [Code.Aborted]: "aborted",
  [Code.OutOfRange]: "out_of_range",
  [Code.Unimplemented]: "unimplemented",
  [Code.Internal]: "internal",
  [Code.Unavailable]: "unavailable",
  [Code.DataLoss]: "data_loss",
  [Code.Unauthenticated]: "unauthenticated",
};

/** The one error of the client. */
export class TapioClientError extends Error {
  override readonly name = "TapioClientError";
  readonly code: TapioErrorCode;
  /** When to come again, in milliseconds, where the server said so. */
  readonly retryAfterMs: number | undefined;
  /** How much of a broken stream the server had taken, where it said so. */
  readonly summary: PublishSummary | undefined;

  constructor(
    code: TapioErrorCode,
    message: string,
    init: { retryAfterMs?: number | undefined; summary?: PublishSummary | undefined; cause?: unknown } = {},
  ) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = code;
    this.retryAfterMs = init.retryAfterMs;
    this.summary = init.summary;
  }

  /** Gives back a TapioClientError as it is, and says anything else in its terms. */
  static from(reason: unknown): TapioClientError {
    if (reason instanceof TapioClientError) return reason;
    const error = ConnectError.from(reason);
    const [summary] = error.findDetails(PublishStreamResponseSchema);
    return new TapioClientError(codeOf(error), error.rawMessage === "" ? codeNames[error.code] : error.rawMessage, {
      retryAfterMs: retryAfterMs(error.metadata),
      summary: summary === undefined ? undefined : toPublishSummary(summary),
      cause: reason,
    });
  }
}

/** The code, but for what is the connection's doing and connect-es says otherwise. */
function codeOf(error: ConnectError): TapioErrorCode {
  // An answer that ends in the middle.
  if (error.code === Code.InvalidArgument && error.rawMessage.startsWith("protocol error: ")) return "unavailable";
  // `fetch` fails with a TypeError when it cannot connect, and when the connection breaks: https://fetch.spec.whatwg.org/#fetch-method
  if (error.code === Code.Unknown && error.cause instanceof TypeError) return "unavailable";
  // The server began to stop and had not looked at the call; connect-node tells by its text alone: https://www.rfc-editor.org/rfc/rfc9113#section-8.7
  if (error.code === Code.Internal && error.rawMessage.includes("NGHTTP2_REFUSED_STREAM")) return "unavailable";
  return codeNames[error.code];
}

/** `retry-after-ms` in milliseconds, or HTTP's `retry-after` in seconds. */
function retryAfterMs(metadata: Headers): number | undefined {
  const milliseconds = positive(metadata.get("retry-after-ms"));
  const seconds = positive(metadata.get("retry-after"));
  return milliseconds ?? (seconds === undefined ? undefined : seconds * 1000);
}

function positive(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
