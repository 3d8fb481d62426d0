import { create, toBinary, type DescMethod } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { ControlError, Overloaded, type ControlErrorCode, type Logger } from "@tapio/integration-core";
import { damagedRange } from "./read-batch.ts";

const controlCodes: Readonly<Record<ControlErrorCode, Code>> = {
  not_found: Code.NotFound,
  invalid: Code.InvalidArgument,
  not_now: Code.FailedPrecondition,
};

/** What a caller is told of a failure behind a port. */
export function toConnectError(reason: unknown): ConnectError {
  if (reason instanceof ConnectError) return reason;
  if (reason instanceof Overloaded) return comeAgain(reason.message, reason.retryAfterMs, reason);
  if (reason instanceof ControlError) return new ConnectError(reason.message, controlCodes[reason.code], undefined, undefined, reason);
  if (!(reason instanceof Error)) return new ConnectError("internal error", Code.Internal, undefined, undefined, reason);
  // The journal's error is known by its name: this lib does not depend on the journal.
  if (damagedRange(reason, 0)?.code === "corrupt") {
    const message = `${reason.message}: it is lost, unless a backup has it; tapioctl journal check says more`;
    return new ConnectError(message, Code.DataLoss, undefined, undefined, reason);
  }
  if (reason.name === "JournalError") {
    return new ConnectError(
      `the journal failed: ${reason.message}; send the request again later`,
      Code.Unavailable,
      undefined,
      undefined,
      reason,
    );
  }
  if (reason.name === "AbortError" || isGone(reason))
    return new ConnectError("the call was canceled", Code.Canceled, undefined, undefined, reason);
  if (reason.name === "TimeoutError")
    return new ConnectError("the call's time ran out", Code.DeadlineExceeded, undefined, undefined, reason);
  return new ConnectError("internal error", Code.Internal, undefined, undefined, reason);
}

/** The client broke off in the middle: Node's streams say so in their own words. */
function isGone(reason: Error): boolean {
  const { code } = reason as NodeJS.ErrnoException;
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ECONNRESET";
}

/** RESOURCE_EXHAUSTED with the delay in the metadata, for gRPC and for plain HTTP clients, and as google.rpc.RetryInfo. */
export function comeAgain(message: string, retryAfterMs: number, cause?: unknown): ConnectError {
  const delayMs = Math.max(1, Math.ceil(retryAfterMs));
  const metadata = { "retry-after-ms": String(delayMs), "retry-after": String(Math.ceil(delayMs / 1000)) };
  const error = new ConnectError(message, Code.ResourceExhausted, metadata, undefined, cause);
  error.details.push({ type: "google.rpc.RetryInfo", value: retryInfo(delayMs) });
  return error;
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto: RetryInfo { Duration retry_delay = 1 } */
function retryInfo(delayMs: number): Uint8Array {
  const delay = create(DurationSchema, { seconds: BigInt(Math.floor(delayMs / 1000)), nanos: (delayMs % 1000) * 1_000_000 });
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(toBinary(DurationSchema, delay)).finish();
}

/** Ends a stream because the server stops. */
export function stopping(): ConnectError {
  return new ConnectError("the server is stopping; connect again", Code.Unavailable);
}

/** Turns what services throw into answers, and logs what is not the caller's doing. */
export function createFailureInterceptor(logger: Logger): Interceptor {
  return (next) => async (request) => {
    const restate = (reason: unknown): ConnectError => restateFailure(reason, request.method, logger);
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: restating(response.message, restate) } : response;
    } catch (reason) {
      throw restate(reason);
    }
  };
}

/** What the caller of `method` is told of what it threw; what is not the caller's doing is logged. */
export function restateFailure(reason: unknown, method: DescMethod, logger: Logger): ConnectError {
  const error = toConnectError(reason);
  const ours = error.code === Code.Internal || error.code === Code.Unavailable || error.code === Code.DataLoss;
  if (ours && error.cause !== undefined && !(error.cause instanceof ConnectError)) {
    logger.error({ rpc: `${method.parent.typeName}/${method.name}`, error: error.cause }, "a call failed");
  }
  return error;
}

async function* restating<T>(messages: AsyncIterable<T>, restate: (reason: unknown) => ConnectError): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (reason) {
    throw restate(reason);
  }
}
