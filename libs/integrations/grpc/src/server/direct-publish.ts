import { parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { IngestService } from "@tapio/contracts/ingest/v1/ingest";
import type { SubmitResult } from "@tapio/integration-core";
import type { ApiPorts } from "../core/interfaces.ts";
import { withDefaults, type ApiOptions } from "./api-options.ts";
import { restateFailure } from "./failures.ts";
import { frameResults, sliceRecords } from "./publish-message.ts";

/** The headers of a gRPC request that say what is to be done with it. */
export interface GrpcRequestHeaders {
  readonly "content-type"?: string | undefined;
  readonly "grpc-encoding"?: string | string[] | undefined;
  readonly "grpc-timeout"?: string | string[] | undefined;
}

export interface DirectCall {
  readonly headers: GrpcRequestHeaders;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** What is sent after a call: a body, and trailers. */
export interface DirectAnswer {
  readonly body: Uint8Array | undefined;
  readonly trailers: Readonly<Record<string, string>>;
}

/**
 * Publish over gRPC without connect's pipeline, which costs a millisecond of processor time per call: for whole, uncompressed, binary messages of
 * records and nothing else. Everything unusual is left to the handler of `createApiHandlers`, which says what is wrong with it.
 */
export interface DirectPublish {
  readonly requestPath: string;
  /** Content type of every answer. */
  readonly contentType: string;
  /** Whether a call with these headers may be answered here. */
  takes(headers: GrpcRequestHeaders): boolean;
  /** Publishes the records of one message; `undefined`: nothing was done, the handler must answer this one. It never rejects. */
  publish(message: Uint8Array, call: DirectCall): Promise<DirectAnswer> | undefined;
}

const { publish } = IngestService.method;
const binaryContentType = /^application\/grpc(?:\+proto)?$/i;
/** The longest that Node's timers know. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const ok = Object.freeze({ "grpc-status": "0" });

export function createDirectPublish({ sink, logger }: Pick<ApiPorts, "sink" | "logger">, options: ApiOptions = {}): DirectPublish {
  const { maxRecordsPerRequest } = withDefaults(options);
  const answer = async (submitted: Promise<readonly SubmitResult[]>): Promise<DirectAnswer> => {
    try {
      return { body: frameResults(await submitted), trailers: ok };
    } catch (reason) {
      const trailers = setTrailerStatus(new Headers(), restateFailure(reason, publish, logger));
      return { body: undefined, trailers: Object.fromEntries(trailers) };
    }
  };
  return {
    requestPath: `/${IngestService.typeName}/${publish.name}`,
    contentType: "application/grpc+proto",
    takes(headers) {
      const encoding = headers["grpc-encoding"] ?? "identity";
      if (encoding !== "identity" || !binaryContentType.test(headers["content-type"] ?? "")) return false;
      return deadlineOf(headers).error === undefined;
    },
    publish(message, call) {
      const records = sliceRecords(message, maxRecordsPerRequest);
      if (records === undefined) return undefined;
      const batch = records.map((bytes) => ({ bytes }));
      return answer(batch.length === 0 ? Promise.resolve([]) : sink.submit(batch, { signal: signalOf(call), source: "grpc" }));
    },
  };
}

function deadlineOf(headers: GrpcRequestHeaders): ReturnType<typeof parseTimeout> {
  const header = headers["grpc-timeout"];
  return header === undefined ? {} : parseTimeout(String(header), Number.MAX_SAFE_INTEGER);
}

function signalOf({ headers, signal }: DirectCall): AbortSignal {
  const { timeoutMs } = deadlineOf(headers);
  return timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(Math.min(timeoutMs, TIMER_MS_MAX))]);
}
