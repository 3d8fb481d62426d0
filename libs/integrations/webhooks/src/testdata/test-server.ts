import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A local server whose connections are counted and can be watched. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** Connections that were ever opened. */
  readonly connectionCount: () => number;
  /** Resolves when no connection is open. */
  untilNoConnection(): Promise<void>;
}

/** Answers HTTP; the listener does what a well-behaved server would not. */
export function startHttpServer(listener: RequestListener): Promise<TestServer> {
  return start(createServer(listener));
}

/** The same over TLS, with the certificate for `hook.test` and 127.0.0.1. */
export function startHttpsServer(listener: RequestListener): Promise<TestServer> {
  const file = (name: string) => readFileSync(new URL(name, import.meta.url));
  return start(createTlsServer({ key: file("server.key"), cert: file("server.pem") }, listener));
}

/** Does with each connection what it is told. */
export function startTcpServer(onConnection: (socket: Socket) => void): Promise<TestServer> {
  return start(createTcpServer(onConnection));
}

async function start(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let count = 0;
  server.on("connection", (socket) => {
    count += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      server.emit("gone");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connectionCount: () => count,
    async untilNoConnection() {
      while (sockets.size > 0) await once(server, "gone");
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
