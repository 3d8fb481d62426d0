import { createServer as createHttp1Server, type Server as Http1Server } from "node:http";
import { createServer as createNetServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Duplex } from "node:stream";
import { createHttp2, type Http2Front, type StreamListener } from "./http2-front.ts";
import type { RequestListener } from "./node-http.ts";
import { malformedAnswer, sendRawAnswer } from "./raw-answer.ts";
import { sniffProtocol } from "./sniff-protocol.ts";

export interface PortTimeouts {
  /** For a connection's first bytes, for a TLS handshake, and for a request's headers, in milliseconds. */
  readonly headersMs: number;
  /** For a whole HTTP/1.1 request, in milliseconds. */
  readonly requestMs: number;
  /** How long an idle connection is kept, in milliseconds. */
  readonly idleMs: number;
}

export interface PortTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Authorities of client certificates; set: a client without one is turned away. */
  readonly clientCa: Buffer | undefined;
}

export interface PortOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: PortTls | undefined;
  readonly timeouts: PortTimeouts;
  readonly connectionsMax: number;
  readonly onRequest: RequestListener;
  /** HTTP/2 streams that are answered without being made requests of; see Http2Options. */
  readonly onStream?: StreamListener | undefined;
}

export interface Port {
  readonly address: AddressInfo;
  /** How many connections are open. */
  connections(): number;
  /** Accepts no more; requests that are under way go on. */
  stopAccepting(): void;
  /** Resolves when every connection has ended; those that last longer than `graceMs` are cut. */
  close(graceMs: number): Promise<void>;
}

/** After the stop, kept-alive and new connections get this long for a request that is already on its way; it is answered with `Connection: close`. */
const keptAliveGraceMs = 250;
const sweepMs = 20;
const keepAliveProbeMs = 30_000;

/** HTTP/1.1 and HTTP/2 on one port: told apart by ALPN with TLS, by the first three bytes without. */
export async function openPort(options: PortOptions): Promise<Port> {
  const sockets = new Set<Socket>();
  const undecided = new Set<string>();
  let stopping = false;
  const onRequest: RequestListener = (request, response) => {
    if (stopping && request.httpVersionMajor === 1) response.setHeader("connection", "close");
    options.onRequest(request, response);
  };
  const http1 = createHttp1(options, onRequest);
  const http2 = createHttp2({ timeouts: options.timeouts, onRequest, onStream: options.onStream });
  const decided = (socket: Socket, isHttp2: boolean): void => {
    undecided.delete(peerKey(socket));
    if (isHttp2) http2.adopt(socket);
    else http1.emit("connection", socket);
  };
  const front = createFront(options, decided);
  front.maxConnections = options.connectionsMax;
  front.on("connection", (socket: Socket) => {
    const key = peerKey(socket);
    sockets.add(socket);
    undecided.add(key);
    socket.once("close", () => {
      sockets.delete(socket);
      undecided.delete(key);
    });
  });
  await listen(front, options.host, options.port);
  const address = front.address();
  if (address === null || typeof address === "string") throw new Error(`no address for ${options.host}:${options.port}`);

  let closed: Promise<void> | undefined;
  const stopAccepting = (): void => {
    if (closed !== undefined) return;
    stopping = true;
    closed = new Promise((resolve) => front.close(() => resolve()));
    http2.stop();
  };
  return {
    address,
    connections: () => sockets.size,
    stopAccepting,
    async close(graceMs) {
      stopAccepting();
      await Promise.race([
        closed,
        endConnections({ http1, http2, sockets, isSilent: (socket) => undecided.has(peerKey(socket)), graceMs }),
      ]);
      await closed;
      // It never listened itself: this ends its check of slow connections.
      http1.close();
    },
  };
}

interface Connections {
  readonly http1: Http1Server;
  readonly http2: Http2Front;
  readonly sockets: ReadonlySet<Socket>;
  /** It has not said a word yet. */
  isSilent(socket: Socket): boolean;
  readonly graceMs: number;
}

/** Ends idle and silent connections after a moment for what is on its way, and all others at the end of the grace. */
async function endConnections({ http1, http2, sockets, isSilent, graceMs }: Connections): Promise<void> {
  const startedAtMs = performance.now();
  const idleFromMs = Math.min(keptAliveGraceMs, graceMs);
  while (sockets.size > 0) {
    const elapsedMs = performance.now() - startedAtMs;
    if (elapsedMs >= graceMs) {
      http2.cut();
      for (const socket of sockets) socket.destroy();
    } else if (elapsedMs >= idleFromMs) {
      http1.closeIdleConnections();
      for (const socket of sockets) if (isSilent(socket)) socket.destroy();
    }
    await new Promise((resolve) => setTimeout(resolve, sweepMs));
  }
}

function createHttp1(options: PortOptions, onRequest: RequestListener): Http1Server {
  const server = createHttp1Server({
    headersTimeout: options.timeouts.headersMs,
    requestTimeout: options.timeouts.requestMs,
    keepAliveTimeout: options.timeouts.idleMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, options.timeouts.headersMs / 4)),
  });
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  server.on("clientError", (reason: NodeJS.ErrnoException, socket: Duplex) => {
    sendRawAnswer(socket, malformedAnswer(reason));
  });
  // A server that is only handed sockets checks their timeouts once it was told that it listens.
  server.emit("listening");
  return server;
}

function createFront(options: PortOptions, decided: (socket: Socket, isHttp2: boolean) => void): NetServer {
  const { headersMs } = options.timeouts;
  const sockets = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveProbeMs };
  const { tls } = options;
  if (tls === undefined) {
    return createNetServer(sockets, (socket) => {
      socket.on("error", () => socket.destroy());
      sniffProtocol(socket, headersMs, (isHttp2) => decided(socket, isHttp2));
    });
  }
  const demandClient = tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createTlsServer(
    { ...sockets, cert: tls.cert, key: tls.key, ...demandClient, ALPNProtocols: ["h2", "http/1.1"], handshakeTimeout: headersMs },
    (socket) => {
      socket.on("error", () => socket.destroy());
      decided(socket, socket.alpnProtocol === "h2");
    },
  );
  server.on("tlsClientError", (_reason: Error, socket: Socket) => socket.destroy());
  return server;
}

/** The same for a TLS socket and the TCP socket below it. */
function peerKey(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}

function listen(server: NetServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
