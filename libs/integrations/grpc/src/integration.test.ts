import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { fileURLToPath } from "node:url";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { GrpcConfigSchema, Protocol, type GrpcConfig } from "@tapio/contracts/integrations/grpc/v1/config";
import { viewOf } from "@tapio/domain";
import { IntegrationError, type HealthStatus, type Integration } from "@tapio/integration-core";
import { createIntegrationContext, recordingLogger, sampleEvent, sampleViews, within } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { createGrpcIntegration } from "./integration.ts";
import { startApiServer } from "./testdata/api-server.ts";

const file = (name: string): string => fileURLToPath(new URL(`./testdata/tls/${name}`, import.meta.url));
const configOf = (init: MessageInitShape<typeof GrpcConfigSchema>): GrpcConfig => create(GrpcConfigSchema, init);
const never = new AbortController().signal;

const opened: Integration<GrpcConfig>[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((integration) => integration.close()));
});

async function open(config: MessageInitShape<typeof GrpcConfigSchema>): Promise<Integration<GrpcConfig>> {
  const integration = createGrpcIntegration();
  opened.push(integration);
  await integration.initialize(configOf(config), createIntegrationContext());
  return integration;
}

async function healthOf(endpoint: string): Promise<HealthStatus> {
  return await within((await open({ endpoint })).health({ signal: never }), "health");
}

describe("the destination and the server of this package", () => {
  it.each([
    ["gRPC", Protocol.UNSPECIFIED],
    ["Connect", Protocol.CONNECT],
  ])("forward records over %s with their bytes as they are", async (_name, protocol) => {
    await using server = await startApiServer();
    const integration = await open({ endpoint: protocol === Protocol.CONNECT ? server.http1Url : server.http2Url, protocol });
    const bytes = toBinary(RecordSchema, create(RecordSchema, { kind: { case: "event", value: sampleEvent({ id: "odd" }) } }));
    const odd = viewOf(new Uint8Array([...bytes, 0x9a, 0x06, 0x01, 0x78]));
    if (!odd.ok) throw new Error(odd.problem.reason);
    const views = [...sampleViews(3), odd.view];
    const deliveries = views.map(({ header }) => ({ deliveryId: header.id, attempt: 1 }));
    const outcomes = await integration.processBatch?.(views, { signal: never, deliveries });
    expect(outcomes?.map(({ kind }) => kind)).toEqual(["delivered", "delivered", "delivered", "delivered"]);
    expect(server.sink.taken.map((taken) => Buffer.from(taken).toString("hex"))).toEqual(
      views.map((view) => Buffer.from(view.bytes).toString("hex")),
    );
  });

  it("ends an attempt after the configured time", async () => {
    await using server = await startApiServer();
    server.sink.before = () => new Promise(() => undefined);
    const integration = await open({ endpoint: server.http2Url, timeout: { nanos: 50_000_000 } });
    const outcome = await within(integration.processEvent(sampleEvent(), { signal: never, deliveryId: "d", attempt: 1 }), "the attempt");
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "timeout", operation: `Publish to ${server.http2Url}` } });
  });

  it("tell of health", async () => {
    await using server = await startApiServer();
    expect(await healthOf(server.http2Url)).toEqual({ healthy: true, message: "", details: { endpoint: server.http2Url } });
    server.ready = false;
    expect(await healthOf(server.http2Url)).toMatchObject({
      healthy: false,
      message: `${server.http2Url} does not take records now: its health is NOT_SERVING`,
    });
    expect(await healthOf(`${server.http2Url}/no/such/place`)).toMatchObject({
      healthy: true,
      message: expect.stringContaining("has no grpc.health.v1"),
    });
  });
});

describe("initialize", () => {
  it.each<[string, MessageInitShape<typeof GrpcConfigSchema>, RegExp]>([
    ["an endpoint that is no URL", { endpoint: "http://[" }, /^endpoint: is no URL/],
    [
      "a password in the endpoint",
      { endpoint: "https://me:secret@host" },
      /^endpoint: must not hold a user name or a password; use token$/,
    ],
    ["TLS settings for http", { endpoint: "http://host", tls: {} }, /^tls: has no meaning for an http:\/\/ endpoint/],
    ["a certificate without a key", { endpoint: "https://host", tls: { certFile: file("client.pem") } }, /^tls\.key_file: is missing/],
    ["a key without a certificate", { endpoint: "https://host", tls: { keyFile: file("client.key") } }, /^tls\.cert_file: is missing/],
    ["a file that is not there", { endpoint: "https://host", tls: { caFile: "/no/such/ca.pem" } }, /^tls\.ca_file: cannot be read: ENOENT/],
    [
      "a key that is no key",
      { endpoint: "https://host", tls: { certFile: file("client.pem"), keyFile: file("ca.pem") } },
      /^tls: the files do not make a TLS client: /,
    ],
  ])("refuses %s", async (_what, config, message) => {
    const reason: unknown = await open(config).catch((error: unknown) => error);
    expect(reason).toBeInstanceOf(IntegrationError);
    expect(reason).toMatchObject({ code: "config_invalid", integration: "grpc", message: expect.stringMatching(message) });
    expect(String(reason)).not.toContain("secret@");
  });

  it("takes files that fit", async () => {
    const tls = { caFile: file("ca.pem"), certFile: file("client.pem"), keyFile: file("client.key") };
    const integration = await open({ endpoint: "https://127.0.0.1:1", tls });
    expect(await integration.health({ signal: never })).toMatchObject({
      healthy: false,
      message: expect.stringContaining("https://127.0.0.1:1 answered Unavailable"),
    });
  });

  it("warns of a token that is sent without TLS, and does not print it", async () => {
    const logger = recordingLogger();
    const integration = createGrpcIntegration();
    await integration.initialize(configOf({ endpoint: "http://host/", token: "t0ken" }), createIntegrationContext({ logger }));
    await integration.close();
    expect(logger.entries.map(({ level, fields, message }) => ({ level, fields, message }))).toEqual([
      { level: "warn", fields: { endpoint: "http://host" }, message: "the token is sent without TLS: whoever sees the traffic can use it" },
    ]);
  });
});

describe("a destination that was not initialized", () => {
  it("fails deliveries with internal and is not healthy", async () => {
    const integration = createGrpcIntegration();
    const outcome = await integration.processEvent(sampleEvent(), { signal: never, deliveryId: "d", attempt: 1 });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "internal", message: "the destination is not initialized" } });
    expect(await integration.health({ signal: never })).toMatchObject({ healthy: false, message: "the destination is not initialized" });
  });
});
