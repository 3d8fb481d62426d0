import { createServer as createHttp1, type Server } from "node:http";
import { createServer as createHttp2, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Transport } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { recordingLogger, systemClock, type RecordingLogger } from "@tapio/testing";
import type { ApiPorts } from "../core/interfaces.ts";
import { mountGrpc } from "../server/api-handlers.ts";
import type { ApiOptions } from "../server/api-options.ts";
import { createFakeControl, type FakeControl } from "./fake-control.ts";
import { createMemoryLog, type MemoryLog } from "./memory-log.ts";
import { createRecordingSink, type RecordingSink } from "./recording-sink.ts";

/** The API on two loopback ports, HTTP/1.1 and cleartext HTTP/2, with ports that a test holds. */
export interface ApiServer extends AsyncDisposable {
  readonly sink: RecordingSink;
  readonly log: MemoryLog;
  readonly control: FakeControl;
  readonly logger: RecordingLogger;
  readonly http1Url: string;
  readonly http2Url: string;
  ready: boolean;
  /** Says that the server is to stop; connections stay. */
  shutDown(): void;
  transport(protocol: TestedProtocol): Transport;
}

export const testedProtocols = ["grpc", "grpc json", "grpc-web", "connect", "connect json", "connect over http/2"] as const;
export type TestedProtocol = (typeof testedProtocols)[number];

export async function startApiServer(options: ApiOptions & { clock?: ApiPorts["clock"] } = {}): Promise<ApiServer> {
  const sink = createRecordingSink();
  const log = createMemoryLog();
  const control = createFakeControl();
  const logger = recordingLogger();
  const stop = new AbortController();
  const state = { ready: true };
  const clock = options.clock ?? systemClock;
  const ports: ApiPorts = { sink, log, control, clock, logger, isReady: () => state.ready, shutdown: stop.signal };
  const handler = connectNodeAdapter({ routes: (router) => mountGrpc(router, ports, options) });
  const http1 = createHttp1(handler);
  const http2 = createHttp2(handler);
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => {
    sessions.add(session.once("close", () => sessions.delete(session)));
  });
  const http1Url = await listen(http1);
  const http2Url = await listen(http2);
  const managers: Http2SessionManager[] = [];
  return {
    sink,
    log,
    control,
    logger,
    http1Url,
    http2Url,
    get ready() {
      return state.ready;
    },
    set ready(ready) {
      state.ready = ready;
    },
    shutDown: () => stop.abort(),
    transport(protocol) {
      const sessionManager = new Http2SessionManager(http2Url);
      managers.push(sessionManager);
      return makeTransport(protocol, http1Url, http2Url, sessionManager);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const manager of managers) manager.abort();
      for (const session of sessions) session.destroy();
      http1.closeAllConnections();
      await Promise.all([closed(http1), closed(http2)]);
    },
  };
}

function makeTransport(protocol: TestedProtocol, http1Url: string, http2Url: string, sessionManager: Http2SessionManager): Transport {
  const http1 = { baseUrl: http1Url, httpVersion: "1.1" } as const;
  const http2 = { baseUrl: http2Url, httpVersion: "2", sessionManager } as const;
  switch (protocol) {
    case "grpc":
      return createGrpcTransport({ baseUrl: http2Url, sessionManager });
    case "grpc json":
      return createGrpcTransport({ baseUrl: http2Url, sessionManager, useBinaryFormat: false });
    case "grpc-web":
      return createGrpcWebTransport(http1);
    case "connect":
      return createConnectTransport(http1);
    case "connect json":
      return createConnectTransport({ ...http1, useBinaryFormat: false });
    case "connect over http/2":
      return createConnectTransport(http2);
  }
}

async function listen(server: Server | Http2Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server | Http2Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
