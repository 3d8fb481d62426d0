import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { createServer as createTcp, type AddressInfo, type Socket } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@tapio/contracts/grpc/health/v1/health";
import { within } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { createTapioNodeClient } from "./create-tapio-node-client.ts";

const pem = (name: string): string => readFileSync(new URL(`./testdata/tls/${name}`, import.meta.url), "utf8");

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server that speaks HTTP/1.1 and HTTP/2 over TLS, and wants a client's certificate. */
async function startSecureServer(): Promise<string> {
  const handler = connectNodeAdapter({
    routes: (router) => router.service(Health, { check: () => ({ status: ServingStatus.SERVING }) }),
  });
  const server = createSecureServer(
    { cert: pem("server.pem"), key: pem("server.key"), ca: pem("ca.pem"), requestCert: true, allowHTTP1: true },
    handler,
  );
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

describe.each(["grpc", "connect"] as const)("a Node transport that speaks %s over TLS", (protocol) => {
  it("trusts the authority that it is given and shows its certificate", async () => {
    const baseUrl = await startSecureServer();
    const tls = { ca: pem("ca.pem"), cert: pem("client.pem"), key: new TextEncoder().encode(pem("client.key")) };
    using client = createTapioNodeClient({ baseUrl, protocol, tls });
    expect((await client.health()).serving).toBe(true);
  });

  it("does not trust an authority that it does not know, and fails without a certificate", async () => {
    const baseUrl = await startSecureServer();
    using stranger = createTapioNodeClient({ baseUrl, protocol });
    await expect(stranger.health()).rejects.toMatchObject({ name: "TapioClientError" });
    using bare = createTapioNodeClient({ baseUrl, protocol, tls: { ca: pem("ca.pem") } });
    await expect(bare.health()).rejects.toMatchObject({ name: "TapioClientError" });
  });
});

describe("a Node transport over HTTP/2", () => {
  it("notices that a peer has vanished without a word", async () => {
    const sockets: Socket[] = [];
    const server = createTcp((socket) => {
      sockets.push(socket);
      // Answers the client's settings, so that the connection is up, and nothing ever after.
      socket.write(Buffer.from("000000040000000000", "hex"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    using client = createTapioNodeClient({ baseUrl, pingIntervalMs: 30, pingTimeoutMs: 30 });
    const steps = client.subscribe({ reconnect: false })[Symbol.asyncIterator]();
    await expect(within(steps.next(), "the end of the connection")).rejects.toMatchObject({
      name: "TapioClientError",
      code: "unavailable",
    });
  });
});
