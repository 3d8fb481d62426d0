import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import { createServer as createHttp1, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConnectRouter, HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AdminService } from "@tapio/contracts/admin/v1/admin";
import { Health } from "@tapio/contracts/grpc/health/v1/health";
import { IngestService } from "@tapio/contracts/ingest/v1/ingest";
import { QueryService } from "@tapio/contracts/query/v1/query";
import { SubscribeService, type SubscribeRequest } from "@tapio/contracts/subscribe/v1/subscribe";
import type { PositionInit } from "../tapio-client.ts";

/** A server on two loopback ports whose services a test writes. */
export interface TestServer extends AsyncDisposable {
  readonly http1Url: string;
  readonly http2Url: string;
  /** The metadata of each call. */
  readonly headers: Headers[];
  /** Closes all connections, as a restart does. */
  dropConnections(): void;
}

export interface TestServices {
  readonly ingest?: Partial<ServiceImpl<typeof IngestService>>;
  readonly subscribe?: (request: SubscribeRequest, context: HandlerContext) => AsyncIterable<TestStep>;
  readonly health?: Partial<ServiceImpl<typeof Health>>;
  readonly query?: Partial<ServiceImpl<typeof QueryService>>;
  readonly admin?: Partial<ServiceImpl<typeof AdminService>>;
}

/** `record` with this id and sequence, or progress. */
export type TestStep =
  | { readonly record: readonly [id: string, sequence: number] }
  | { readonly progress: number; readonly lost?: readonly [from: number, to: number] };

export async function startTestServer(services: TestServices): Promise<TestServer> {
  const headers: Headers[] = [];
  const routes = (router: ConnectRouter): void => {
    router.service(IngestService, services.ingest ?? {});
    router.service(Health, services.health ?? {});
    router.service(QueryService, services.query ?? {});
    router.service(AdminService, services.admin ?? {});
    router.service(SubscribeService, { subscribe: (request, context) => toResponses(services.subscribe?.(request, context)) });
  };
  const handler = connectNodeAdapter({
    routes,
    interceptors: [
      (next) => (request) => {
        headers.push(request.header);
        return next(request);
      },
    ],
  });
  const http1 = createHttp1(handler);
  const http2 = createServer(handler);
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => sessions.add(session.once("close", () => sessions.delete(session))));
  const dropConnections = (): void => {
    for (const session of sessions) session.destroy();
    http1.closeAllConnections();
  };
  return {
    http1Url: await listen(http1),
    http2Url: await listen(http2),
    headers,
    dropConnections,
    async [Symbol.asyncDispose]() {
      dropConnections();
      await Promise.all([closed(http1), closed(http2)]);
    },
  };
}

async function* toResponses(steps: AsyncIterable<TestStep> | undefined): AsyncGenerator<ReturnType<typeof toResponse>> {
  for await (const step of steps ?? []) yield toResponse(step);
}

function toResponse(step: TestStep) {
  if ("record" in step) {
    const [id, sequence] = step.record;
    const record = { kind: { case: "event" as const, value: { id } } };
    return {
      step: { case: "record" as const, value: { sequence: BigInt(sequence), acceptedTime: { seconds: 1n, nanos: 500_000_000 }, record } },
    };
  }
  const lost = step.lost && { fromSequence: BigInt(step.lost[0]), toSequence: BigInt(step.lost[1]) };
  return { step: { case: "progress" as const, value: { sequence: BigInt(step.progress), headSequence: 99n, ...(lost && { lost }) } } };
}

/** A position as text: `head`, `after 3`. */
export function positionText(position: PositionInit | undefined): string {
  const at = position?.at;
  return at?.case === "afterSequence" ? `after ${String(at.value)}` : String(at?.case);
}

async function listen(server: Server | Http2Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server | Http2Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
