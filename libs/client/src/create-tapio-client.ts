import { Code, ConnectError, createClient, type CallOptions as RpcOptions, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@tapio/contracts/grpc/health/v1/health";
import { IngestService } from "@tapio/contracts/ingest/v1/ingest";
import { SubscribeService } from "@tapio/contracts/subscribe/v1/subscribe";
import { toPublishResult, toPublishSummary, toRecord } from "./publish-results.ts";
import { subscription } from "./subscription.ts";
import { TapioClientError } from "./tapio-client-error.ts";
import type { CallOptions, RecordInput, ServerHealth, TapioClient } from "./tapio-client.ts";

/** How long a call may take when nothing is said, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 10_000;

export interface ClientOptions {
  /** Bearer token, or what gives the one to send with the next call. */
  readonly token?: string | (() => string | Promise<string>);
  /** How long `publish` and `health` may take, in milliseconds; default 10,000; 0: without limit. Streams have no limit of their own. */
  readonly timeoutMs?: number;
}

export type TapioClientOptions = ClientOptions &
  (
    | {
        /** Where the server is, e.g. `http://localhost:8080`. Speaks Connect through `fetch`, in browsers and in Node. */
        readonly baseUrl: string;
        /** Instead of the global `fetch`. */
        readonly fetch?: typeof globalThis.fetch;
      }
    | {
        /** How to reach the server, e.g. `createNodeTransport` of `@tapio/client/node`. */
        readonly transport: Transport;
      }
  );

/** Makes a client. It holds nothing open; a transport that does is its maker's to close. */
export function createTapioClient(options: TapioClientOptions): TapioClient {
  const transport = "transport" in options ? options.transport : createFetchTransport(options.baseUrl, options.fetch);
  const ingest = createClient(IngestService, transport);
  const subscribe = createClient(SubscribeService, transport);
  const healthOf = createClient(Health, transport);
  const headers = async (): Promise<Record<string, string>> => authorization(options.token);
  const rpcOptions = async (call: CallOptions, defaultTimeoutMs: number): Promise<RpcOptions> => ({
    timeoutMs: call.timeoutMs ?? defaultTimeoutMs,
    headers: await headers(),
    ...(call.signal && { signal: call.signal }),
  });
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;

  return {
    async publish(records, call = {}) {
      const request = { records: records.map(toRecord) };
      const { results } = await orClientError(call.signal, async () => await ingest.publish(request, await rpcOptions(call, timeoutMs)));
      if (results.length === records.length) return results.map(toPublishResult);
      throw new TapioClientError("internal", `the server gave ${results.length} results for ${records.length} records`);
    },
    async publishStream(batches, call = {}) {
      return toPublishSummary(
        await orClientError(call.signal, async () => await ingest.publishStream(toRequests(batches), await rpcOptions(call, 0))),
      );
    },
    subscribe: (subscribeOptions = {}) => subscription(subscribe, headers, subscribeOptions),
    async health(service = "", call = {}) {
      const { status } = await orClientError(call.signal, async () => await healthOf.check({ service }, await rpcOptions(call, timeoutMs)));
      return toHealth(status);
    },
  };
}

function createFetchTransport(baseUrl: string, fetch: typeof globalThis.fetch | undefined): Transport {
  const { unary, stream } = createConnectTransport({ baseUrl, useBinaryFormat: true, ...(fetch && { fetch }) });
  return {
    unary,
    stream(method, ...rest) {
      if (method.methodKind === "server_streaming") return stream(method, ...rest);
      throw new ConnectError("fetch cannot stream requests; use publish, or the client of @tapio/client/node", Code.Unimplemented);
    },
  };
}

async function authorization(token: ClientOptions["token"]): Promise<Record<string, string>> {
  const value = typeof token === "function" ? await token() : token;
  return value === undefined || value === "" ? {} : { authorization: `Bearer ${value}` };
}

async function* toRequests(batches: AsyncIterable<readonly RecordInput[]>): AsyncGenerator<{ records: ReturnType<typeof toRecord>[] }> {
  for await (const records of batches) yield { records: records.map(toRecord) };
}

async function orClientError<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (reason) {
    // Whatever the signal's reason is, and wherever the call stood: it was the caller who ended it.
    if (signal?.aborted === true) throw new TapioClientError("canceled", "the call was canceled by its signal", { cause: reason });
    throw TapioClientError.from(reason);
  }
}

function toHealth(status: ServingStatus): ServerHealth {
  switch (status) {
    case ServingStatus.SERVING:
      return { serving: true, status: "serving" };
    case ServingStatus.NOT_SERVING:
      return { serving: false, status: "not_serving" };
    case ServingStatus.SERVICE_UNKNOWN:
      return { serving: false, status: "service_unknown" };
    default:
      return { serving: false, status: "unknown" };
  }
}
