import { Code, ConnectError } from "@connectrpc/connect";
import { HealthCheckResponse_ServingStatus as ServingStatus } from "@tapio/contracts/grpc/health/v1/health";
import {
  PublishStreamResponseSchema,
  RecordStatus,
  type PublishRequest,
  type PublishStreamRequest,
} from "@tapio/contracts/ingest/v1/ingest";
import { sampleCorrelation, sampleEvent, sampleFinding } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createTapioClient } from "./create-tapio-client.ts";
import { createTapioNodeClient } from "./create-tapio-node-client.ts";
import { startTestServer } from "./testdata/test-server.ts";
import { clientKinds, failure, withClient } from "./testdata/with-client.ts";

describe.each(clientKinds)("a client over %s", (kind) => {
  it("publishes records of all kinds and gives a result for each", async () => {
    const requests: PublishRequest[] = [];
    const ingest = {
      publish(request: PublishRequest) {
        requests.push(request);
        return {
          results: [
            { status: RecordStatus.ACCEPTED, id: "event-1", sequence: 7n },
            { status: RecordStatus.DUPLICATE, id: "finding-1", sequence: 3n },
            { status: RecordStatus.REJECTED, id: "", field: "correlation.id", reason: "is missing" },
            { status: 9 as RecordStatus, id: "event-1" },
          ],
        };
      },
    };
    await withClient(kind, { ingest }, async (client, server) => {
      const results = await client.publish([
        { event: sampleEvent() },
        { finding: sampleFinding() },
        { correlation: sampleCorrelation() },
        { $typeName: "tapio.domain.v1.Record", kind: { case: "event", value: sampleEvent() } },
      ]);
      expect(results).toEqual([
        { status: "accepted", id: "event-1", sequence: 7 },
        { status: "duplicate", id: "finding-1", sequence: 3 },
        { status: "rejected", id: "", field: "correlation.id", reason: "is missing" },
        { status: "rejected", id: "event-1", field: "", reason: "the server answered with the unknown status 9" },
      ]);
      expect(requests[0]?.records.map((record) => record.kind.case)).toEqual(["event", "finding", "correlation", "event"]);
      expect(requests[0]?.records[0]?.kind.value).toMatchObject({ id: "event-1", severity: 5 });
      expect(server.headers.map((header) => header.get("authorization"))).toEqual(["Bearer t0ken"]);
    });
  });

  it("fails when the server gives fewer results than there were records", async () => {
    await withClient(kind, { ingest: { publish: () => ({ results: [] }) } }, async (client) => {
      const error = await failure(client.publish([{ event: { id: "a" } }]));
      expect([error.code, error.message]).toEqual(["internal", "the server gave 0 results for 1 records"]);
    });
  });

  it("fails with the server's code, words and hint", async () => {
    const publish = (): never => {
      throw new ConnectError("the journal is behind", Code.ResourceExhausted, { "retry-after-ms": "1500", "retry-after": "2" });
    };
    await withClient(kind, { ingest: { publish } }, async (client) => {
      const error = await failure(client.publish([{ event: { id: "a" } }]));
      expect([error.name, error.code, error.message, error.retryAfterMs]).toEqual([
        "TapioClientError",
        "resource_exhausted",
        "the journal is behind",
        1500,
      ]);
    });
  });

  it("ends a call that takes too long, and one that its signal ends", async () => {
    const publish = async (_request: unknown, context: { signal: AbortSignal }): Promise<never> =>
      await new Promise((_resolve, reject) => context.signal.addEventListener("abort", () => reject(new Error("gone"))));
    await withClient(kind, { ingest: { publish } }, async (client) => {
      expect((await failure(client.publish([{ event: { id: "a" } }], { timeoutMs: 50 }))).code).toBe("deadline_exceeded");
      const controller = new AbortController();
      const call = failure(client.publish([{ event: { id: "a" } }], { signal: controller.signal }));
      controller.abort(new TypeError("an unusual reason"));
      expect((await call).code).toBe("canceled");
    });
  });

  it("asks for the health of the server and of its services", async () => {
    const statuses: Record<string, ServingStatus> = {
      "": ServingStatus.SERVING,
      a: ServingStatus.NOT_SERVING,
      b: ServingStatus.SERVICE_UNKNOWN,
      c: ServingStatus.UNKNOWN,
    };
    const health = { check: ({ service }: { service: string }) => ({ status: statuses[service] ?? ServingStatus.UNKNOWN }) };
    await withClient(kind, { health }, async (client) => {
      expect(await client.health()).toEqual({ serving: true, status: "serving" });
      expect(await client.health("a")).toEqual({ serving: false, status: "not_serving" });
      expect(await client.health("b")).toEqual({ serving: false, status: "service_unknown" });
      expect(await client.health("c")).toEqual({ serving: false, status: "unknown" });
    });
  });

  it("is unavailable when nobody is there", async () => {
    const client =
      kind === "fetch"
        ? createTapioClient({ baseUrl: "http://127.0.0.1:1" })
        : createTapioNodeClient({ baseUrl: "http://127.0.0.1:1", protocol: kind });
    expect((await failure(client.health())).code).toBe("unavailable");
  });
});

describe.each(["grpc", "connect"] as const)("publishStream over %s", (kind) => {
  it("sends batches and gives the sum", async () => {
    const sizes: number[] = [];
    const ingest = {
      async publishStream(requests: AsyncIterable<PublishStreamRequest>) {
        for await (const { records } of requests) sizes.push(records.length);
        return {
          accepted: 2n,
          duplicates: 1n,
          rejected: 1n,
          rejections: [{ index: 3n, result: { id: "d", field: "event.type", reason: "is missing" } }],
        };
      },
    };
    await withClient(kind, { ingest }, async (client) => {
      async function* batches() {
        yield [{ event: { id: "a" } }, { event: { id: "a" } }];
        yield [{ event: { id: "b" } }, { event: { id: "d" } }];
      }
      expect(await client.publishStream(batches())).toEqual({
        accepted: 2,
        duplicates: 1,
        rejected: 1,
        rejections: [{ index: 3, id: "d", field: "event.type", reason: "is missing" }],
      });
      expect(sizes).toEqual([2, 2]);
    });
  });

  it("says how much was taken of a stream that broke", async () => {
    const publishStream = (): never => {
      const error = new ConnectError("the journal is behind", Code.ResourceExhausted, { "retry-after": "3" });
      error.details.push({ desc: PublishStreamResponseSchema, value: { accepted: 5n } });
      throw error;
    };
    await withClient(kind, { ingest: { publishStream } }, async (client) => {
      async function* batches() {
        yield [{ event: { id: "a" } }];
      }
      const error = await failure(client.publishStream(batches()));
      expect([error.code, error.retryAfterMs, error.summary]).toEqual([
        "resource_exhausted",
        3000,
        { accepted: 5, duplicates: 0, rejected: 0, rejections: [] },
      ]);
    });
  });
});

describe("publishStream over fetch", () => {
  it("is unimplemented", async () => {
    await withClient("fetch", {}, async (client) => {
      async function* batches() {
        yield [{ event: { id: "a" } }];
      }
      expect((await failure(client.publishStream(batches()))).code).toBe("unimplemented");
    });
  });
});

describe("createTapioClient", () => {
  it("uses the fetch that it is given, and sends no empty token", async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      asked.push(`${request.url} ${String(request.headers.get("authorization"))}`);
      return new Response(new Uint8Array([0x08, 0x01]), { headers: { "content-type": "application/proto" } });
    };
    const client = createTapioClient({ baseUrl: "http://tapio.test", token: "", fetch });
    expect((await client.health()).serving).toBe(true);
    expect(asked).toEqual(["http://tapio.test/grpc.health.v1.Health/Check null"]);
  });
});

describe("createTapioNodeClient", () => {
  it("ends calls when it is closed, may be closed twice, and connects anew", async () => {
    await using server = await startTestServer({
      health: { check: () => ({ status: ServingStatus.SERVING }) },
      ingest: { publish: () => new Promise(() => undefined) },
    });
    using client = createTapioNodeClient({ baseUrl: server.http2Url });
    const call = failure(client.publish([{ event: { id: "a" } }]));
    await expect.poll(() => server.headers.length).toBe(1);
    client.close();
    client.close();
    expect((await call).code).toBe("canceled");
    expect((await client.health()).serving).toBe(true);
  });
});
