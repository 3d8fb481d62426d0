import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { ConnectError, Code, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { guardSessions } from "./guarded-session-manager.ts";

export interface NodeTransportOptions {
  /** Where the server is, e.g. `http://localhost:8080`; `http:` with gRPC is cleartext HTTP/2. */
  readonly baseUrl: string;
  /** `grpc` (default): gRPC over HTTP/2. `connect`: Connect over HTTP/1.1, which passes proxies that know nothing else. */
  readonly protocol?: "grpc" | "connect";
  /** Verification of the server, and the client's certificate: PEM texts. */
  readonly tls?: TlsOptions;
  /** How often a connection in use is asked whether it is alive, in milliseconds; default 20,000. gRPC alone. */
  readonly pingIntervalMs?: number;
  /** How long to wait for the answer before the connection counts as dead, in milliseconds; default 10,000. gRPC alone. */
  readonly pingTimeoutMs?: number;
}

export interface TlsOptions {
  /** Authorities to trust instead of the system's. */
  readonly ca?: string | Uint8Array;
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
}

/** A transport that holds connections open. */
export interface NodeTransport extends Transport {
  /** Ends all calls and connections. May be called twice; a later call connects anew. */
  close(): void;
}

/** A transport for Node. */
export function createNodeTransport(options: NodeTransportOptions): NodeTransport {
  return options.protocol === "connect" ? createHttp1Transport(options) : createHttp2Transport(options);
}

function createHttp2Transport({ baseUrl, tls, pingIntervalMs = 20_000, pingTimeoutMs = 10_000 }: NodeTransportOptions): NodeTransport {
  const sessionManager = new Http2SessionManager(baseUrl, { pingIntervalMs, pingTimeoutMs }, asNodeTls(tls));
  const { unary, stream } = createGrpcTransport({ baseUrl, sessionManager: guardSessions(sessionManager) });
  return { unary, stream, close: () => sessionManager.abort(new ConnectError("the client was closed", Code.Canceled)) };
}

function createHttp1Transport({ baseUrl, tls }: NodeTransportOptions): NodeTransport {
  const isSecure = new URL(baseUrl).protocol === "https:";
  const agent = isSecure ? new HttpsAgent({ keepAlive: true, ...asNodeTls(tls) }) : new HttpAgent({ keepAlive: true });
  const { unary, stream } = createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent } });
  return { unary, stream, close: () => agent.destroy() };
}

/** Node takes PEM as text or as a Buffer. */
function asNodeTls(tls: TlsOptions = {}): { ca?: string | Buffer; cert?: string | Buffer; key?: string | Buffer } {
  const entries = Object.entries(tls).map(([name, pem]: [string, string | Uint8Array]) => [
    name,
    typeof pem === "string" ? pem : Buffer.from(pem),
  ]);
  return Object.fromEntries(entries) as { ca?: string | Buffer; cert?: string | Buffer; key?: string | Buffer };
}
