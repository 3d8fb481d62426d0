import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createTapioClient, TapioClientError } from "@tapio/client";
import { createTapioNodeClient } from "@tapio/client/node";
import { sampleEvent, within, type ContractCase } from "@tapio/testing";

const publishPath = "/tapio.ingest.v1.IngestService/Publish";
const healthPath = "/grpc.health.v1.Health/Check";

/** Golden checks of the public surface, against a server that speaks bytes and knows no library. */
export const cases: ContractCase[] = [
  {
    name: "publish sends protobuf over Connect with the bearer token and reads a result per record",
    run: async () => {
      const asked: { path: string; authorization: string; type: string; body: Buffer }[] = [];
      const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const { authorization = "", "content-type": type = "" } = request.headers;
        asked.push({ path: request.url ?? "", authorization, type, body: await bodyOf(request) });
        // PublishResponse { results { status: ACCEPTED id: "event-1" sequence: 1 } }
        response.writeHead(200, { "content-type": "application/proto" });
        response.end(Buffer.from("0a0d0801120765" + "76656e742d311801", "hex"));
      };
      await withServer(answer, async (baseUrl) => {
        const client = createTapioClient({ baseUrl, token: "t0ken" });
        const results = await within(client.publish([{ event: sampleEvent() }]), "publish");
        assert.deepEqual(results, [{ status: "accepted", id: "event-1", sequence: 1 }]);
      });
      assert.deepEqual(
        asked.map(({ path, authorization, type }) => ({ path, authorization, type })),
        [{ path: publishPath, authorization: "Bearer t0ken", type: "application/proto" }],
      );
      // PublishRequest { records { event { id: "event-1" ...: the tags of records, event and id.
      assert.match(asked[0]?.body.toString("latin1") ?? "", /^\n..\n..\n\x07event-1/s);
    },
  },
  {
    name: "a refusal comes as one TapioClientError with the code, the message and the hint",
    run: async () => {
      const answer = (_request: IncomingMessage, response: ServerResponse): void => {
        response.writeHead(429, { "content-type": "application/json", "retry-after-ms": "1500" });
        response.end(JSON.stringify({ code: "resource_exhausted", message: "the journal is behind" }));
      };
      await withServer(answer, async (baseUrl) => {
        const call = createTapioClient({ baseUrl }).publish([{ event: sampleEvent() }]);
        const error: unknown = await within(
          call.then(
            () => undefined,
            (reason: unknown) => reason,
          ),
          "publish",
        );
        assert.ok(error instanceof TapioClientError);
        assert.deepEqual([error.code, error.message, error.retryAfterMs], ["resource_exhausted", "the journal is behind", 1500]);
      });
    },
  },
  {
    name: "the Node client reads the health over HTTP/1.1 and closes",
    run: async () => {
      const paths: string[] = [];
      const answer = (request: IncomingMessage, response: ServerResponse): void => {
        paths.push(request.url ?? "");
        response.writeHead(200, { "content-type": "application/proto" });
        response.end(Buffer.from("0801", "hex"));
      };
      await withServer(answer, async (baseUrl) => {
        using client = createTapioNodeClient({ baseUrl, protocol: "connect" });
        assert.deepEqual(await within(client.health(), "health"), { serving: true, status: "serving" });
      });
      assert.deepEqual(paths, [healthPath]);
    },
  },
  {
    name: "a server that is not there is unavailable",
    run: async () => {
      const call = createTapioClient({ baseUrl: "http://127.0.0.1:1" }).health();
      const error: unknown = await within(
        call.then(
          () => undefined,
          (reason: unknown) => reason,
        ),
        "health",
      );
      assert.ok(error instanceof TapioClientError);
      assert.equal(error.code, "unavailable");
    },
  },
];

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function withServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
  run: (baseUrl: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await run(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  } finally {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
