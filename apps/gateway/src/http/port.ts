import { createServer as createHttp1Server, type Server as Http1Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from "node:http2";
import { createServer as createNetServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import type { RequestListener } from "./node-http.ts";
import { requestTimeoutAnswer, sendRawAnswer } from "./raw-answer.ts";

export interface PortTimeouts {
  /** For a connection's first bytes and for a request's headers, in milliseconds. */
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
}

export interface Port {
  readonly address: AddressInfo;
  /** Accepts no more; requests that are under way go on. */
  stopAccepting(): void;
  /** Resolves when every connection has ended; those that last longer than `graceMs` are cut. */
  close(graceMs: number): Promise<void>;
}

/** HTTP/1.1 and HTTP/2 on one port: told apart by ALPN with TLS, by the first three bytes without. */
export async function openPort(options: PortOptions): Promise<Port> {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const http1 = createHttp1(options);
  const http2 = createHttp2(options, sessions);
  const { tls } = options;
  const front = tls === undefined ? createCleartextFront(options, http1, http2) : createTlsFront(options, tls, http1, http2);
  front.maxConnections = options.connectionsMax;
  front.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await listen(front, options.host, options.port);
  const address = front.address();
  if (address === null || typeof address === "string") throw new Error(`no address for ${options.host}:${options.port}`);

  let closed: Promise<void> | undefined;
  const stopAccepting = (): void => {
    closed ??= new Promise((resolve) => front.close(() => resolve()));
    http1.closeIdleConnections();
    for (const session of sessions) session.close();
  };
  return {
    address,
    stopAccepting,
    async close(graceMs) {
      stopAccepting();
      const sweep = setInterval(() => http1.closeIdleConnections(), 20);
      const cut = setTimeout(() => {
        for (const session of sessions) session.destroy();
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
      // It never listened itself: this ends its check of slow connections.
      http1.close();
    },
  };
}

function createHttp1(options: PortOptions): Http1Server {
  const server = createHttp1Server({
    headersTimeout: options.timeouts.headersMs,
    requestTimeout: options.timeouts.requestMs,
    keepAliveTimeout: options.timeouts.idleMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, options.timeouts.headersMs / 4)),
    // The router judges it, so that HTTP/1.0 health probes get an answer.
    requireHostHeader: false,
  });
  server.on("request", options.onRequest);
  server.on("checkContinue", options.onRequest);
  server.on("clientError", (reason: NodeJS.ErrnoException, socket: Duplex) => {
    sendRawAnswer(socket, requestTimeoutAnswer(reason));
  });
  // A server that is only handed sockets checks their timeouts once it was told that it listens.
  server.emit("listening");
  return server;
}

/** Hands cleartext connections to the server whose protocol their first bytes speak. */
function createCleartextFront(options: PortOptions, http1: Http1Server, http2: Http2Server): NetServer {
  return createNetServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    sniff(socket, options.timeouts.headersMs, (isHttp2) => {
      (isHttp2 ? http2 : http1).emit("connection", socket);
    });
  });
}

function createTlsFront(options: PortOptions, tls: PortTls, http1: Http1Server, http2: Http2Server): NetServer {
  const demandClient = tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createTlsServer(
    {
      cert: tls.cert,
      key: tls.key,
      ...demandClient,
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: options.timeouts.headersMs,
      noDelay: true,
    },
    (socket) => {
      socket.on("error", () => socket.destroy());
      (socket.alpnProtocol === "h2" ? http2 : http1).emit("connection", socket);
    },
  );
  server.on("tlsClientError", (_reason: Error, socket: Socket) => socket.destroy());
  return server;
}

function createHttp2(options: PortOptions, sessions: Set<ServerHttp2Session>): Http2Server {
  const server = createHttp2Server();
  server.on("request", options.onRequest);
  server.on("checkContinue", options.onRequest);
  server.on("sessionError", () => undefined);
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
    session.setTimeout(options.timeouts.idleMs, () => session.close());
  });
  return server;
}

const prefaceStart = Buffer.from("PRI", "latin1");

/** Looks at three bytes: `P` alone is also POST, PUT and PATCH. */
function sniff(socket: Socket, timeoutMs: number, decide: (isHttp2: boolean) => void): void {
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  socket.once("close", () => clearTimeout(timer));
  let seen: Buffer = Buffer.alloc(0);
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) seen = Buffer.concat([seen, chunk]);
    const isPreface = prefaceStart.subarray(0, seen.byteLength).equals(seen.subarray(0, 3));
    // Put back only what is decided upon: `unshift` makes the socket readable again at once.
    if (isPreface && seen.byteLength < 3) return;
    socket.off("readable", look);
    clearTimeout(timer);
    socket.unshift(seen);
    decide(isPreface);
  };
  socket.on("readable", look);
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
