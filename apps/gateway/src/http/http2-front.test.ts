import { once } from "node:events";
import { connect, type Settings } from "node:http2";
import { createServer, type AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createHttp2, type Http2Front } from "./http2-front.ts";

it("lets a client send ahead on one stream, and on all of a connection", async () => {
  const front = createHttp2({ timeouts: { headersMs: 1_000, idleMs: 1_000 }, onRequest: () => undefined });
  const server = createServer((socket) => front.adopt(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect(`http://127.0.0.1:${port}`);
  const [settings] = (await once(client, "remoteSettings")) as [Settings];
  expect(settings.initialWindowSize).toBe(128 * 1024);
  await expect.poll(() => client.state.remoteWindowSize).toBe(512 * 1024);
  client.destroy();
  front.cut();
  server.close();
});

it("stops while a session that has just ended is still known, instead of failing at saying goodbye to it", async () => {
  const stopped = Promise.withResolvers<unknown>();
  const front: Http2Front = createHttp2({
    timeouts: { headersMs: 1_000, idleMs: 1_000 },
    onRequest: (request) => {
      if ("stream" in request) request.stream.session?.destroy();
      try {
        front.stop();
        stopped.resolve("stopped");
      } catch (reason) {
        stopped.resolve(reason);
      }
    },
  });
  const server = createServer((socket) => front.adopt(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on("error", () => undefined);
  client
    .request({ ":path": "/" })
    .on("error", () => undefined)
    .end();

  expect(await stopped.promise).toBe("stopped");

  client.destroy();
  server.close();
});
