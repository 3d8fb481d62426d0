import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@tapio/contracts/grpc/health/v1/health";
import { IngestService } from "@tapio/contracts/ingest/v1/ingest";
import { SubscribeService } from "@tapio/contracts/subscribe/v1/subscribe";
import { createCalls, type ClientOptions } from "./calls.ts";
import { createAdmin } from "./create-admin.ts";
import { createKeptRecords } from "./create-kept-records.ts";
import { toPublishResult, toPublishSummary, toRecord } from "./publish-results.ts";
import { subscription } from "./subscription.ts";
import { TapioClientError } from "./tapio-client-error.ts";
import type { RecordInput, ServerHealth, TapioClient } from "./tapio-client.ts";

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
  const calls = createCalls(options);

  return {
    async publish(records, call = {}) {
      const request = { records: records.map(toRecord) };
      const { results } = await calls.run(call, (rpc) => ingest.publish(request, rpc));
      if (results.length === records.length) return results.map(toPublishResult);
      throw new TapioClientError("internal", `the server gave ${results.length} results for ${records.length} records`);
    },
    async publishStream(batches, call = {}) {
      return toPublishSummary(await calls.run(call, (rpc) => ingest.publishStream(toRequests(batches), rpc), 0));
    },
    ...createKeptRecords(transport, calls),
    admin: createAdmin(transport, calls),
    subscribe: (subscribeOptions = {}) => subscription(subscribe, calls.headers, subscribeOptions),
    async health(service = "", call = {}) {
      const { status } = await calls.run(call, (rpc) => healthOf.check({ service }, rpc));
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

async function* toRequests(batches: AsyncIterable<readonly RecordInput[]>): AsyncGenerator<{ records: ReturnType<typeof toRecord>[] }> {
  for await (const records of batches) yield { records: records.map(toRecord) };
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
