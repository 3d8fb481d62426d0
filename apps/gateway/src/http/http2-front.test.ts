import { once } from "node:events";
import { connect } from "node:http2";
import { createServer, type AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createHttp2, type Http2Front } from "./http2-front.ts";

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
