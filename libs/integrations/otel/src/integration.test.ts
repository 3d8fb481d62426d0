import { create } from "@bufbuild/protobuf";
import { Compression, OtelConfigSchema } from "@tapio/contracts/integrations/otel/v1/config";
import { createIntegrationContext, sampleEvent, sampleView, sampleViews } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { bodyOf, cleanUp, deliver, failureOf, open, openAt, recordIds } from "../test/open-destination.ts";
import { createOtelIntegration } from "./integration.ts";

afterEach(cleanUp);

describe("a request", () => {
  it("is a POST of gzipped protobuf to /v1/traces, with the configured headers and our name", async () => {
    const { integration, receiver } = await open({ config: { headers: { "X-Tenant": "a" } } });
    expect(await deliver(integration, sampleViews(3))).toEqual([{ kind: "delivered" }, { kind: "delivered" }, { kind: "delivered" }]);
    expect(receiver.requests.length).toBe(1);
    expect(receiver.requests[0]).toMatchObject({
      method: "POST",
      path: "/v1/traces",
      headers: { "content-type": "application/x-protobuf", "content-encoding": "gzip", "user-agent": "tapio-otel/0.1.0", "x-tenant": "a" },
    });
    expect(recordIds(receiver.requests[0])).toEqual(["record-1", "record-2", "record-3"]);
  });

  it("is not compressed when it is small, or when the config says so", async () => {
    const small = await open();
    await deliver(small.integration, [sampleView(sampleEvent({ id: "small", resources: [], labels: {}, data: {}, correlationKeys: [] }))]);
    expect(small.receiver.requests[0]?.headers["content-encoding"]).toBeUndefined();
    expect(recordIds(small.receiver.requests[0])).toEqual(["small"]);
    const plain = await open({ config: { compression: Compression.NONE } });
    await deliver(plain.integration, sampleViews(9));
    expect(plain.receiver.requests[0]?.headers["content-encoding"]).toBeUndefined();
    expect(recordIds(plain.receiver.requests[0]).length).toBe(9);
  });

  it("goes to traces_endpoint as it is, query included", async () => {
    const { receiver } = await open();
    const integration = await openAt("http://127.0.0.1:1", { config: { tracesEndpoint: `${receiver.url}/spans?tenant=a` } });
    await deliver(integration, sampleViews(1));
    expect(receiver.requests[0]?.path).toBe("/spans?tenant=a");
  });

  it("may name another User-Agent by config", async () => {
    const { integration, receiver } = await open({ config: { headers: { "User-Agent": "mine" } } });
    await deliver(integration, sampleViews(1));
    expect(receiver.requests[0]?.headers["user-agent"]).toBe("mine");
  });

  it("is split when it would be too large, and a record that alone is too large is refused without being sent", async () => {
    const { integration, receiver } = await open({ options: { requestBytesMax: 2500 } });
    const views = sampleViews(4);
    const large = sampleView(sampleEvent({ id: "large", message: "x".repeat(3000) }));
    const outcomes = await deliver(integration, [...views, large]);
    expect(outcomes.map((outcome) => (outcome.kind === "failed" ? outcome.error.code : outcome.kind))).toEqual([
      "delivered",
      "delivered",
      "delivered",
      "delivered",
      "record_invalid",
    ]);
    expect(receiver.requests.flatMap(recordIds)).toEqual(["record-1", "record-2", "record-3", "record-4"]);
    for (const request of receiver.requests) expect(bodyOf(request).length).toBeLessThanOrEqual(2500);
  });
});

describe("closing", () => {
  it("ends what is in flight as canceled, twice without harm, and takes nothing more", async () => {
    const { integration, receiver } = await open();
    receiver.behave("hang");
    const inFlight = deliver(integration, sampleViews(2));
    await receiver.untilRequests(1);
    await integration.close();
    await integration.close();
    expect((await inFlight).map((outcome) => (outcome.kind === "failed" ? outcome.error.code : outcome.kind))).toEqual([
      "canceled",
      "canceled",
    ]);
    expect((await failureOf(integration)).code).toBe("canceled");
    expect(receiver.requests.length).toBe(1);
  });

  it("before initialize leaves an integration that takes nothing", async () => {
    const { receiver } = await open();
    const integration = createOtelIntegration();
    await integration.close();
    expect((await failureOf(integration)).code).toBe("canceled");
    await integration.initialize(create(OtelConfigSchema, { endpoint: receiver.url }), createIntegrationContext());
    expect((await failureOf(integration)).code).toBe("canceled");
    expect(receiver.requests.length).toBe(0);
  });

  it("is needed by nobody who never initialized: a call is a bug, and says so", async () => {
    const integration = createOtelIntegration();
    const outcome = await integration.processEvent(sampleEvent(), { signal: new AbortController().signal, deliveryId: "d", attempt: 1 });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "internal", message: "initialize was not called" } });
    expect(await integration.health({ signal: new AbortController().signal })).toEqual({
      healthy: false,
      message: "not initialized",
      details: {},
    });
  });
});

describe("health", () => {
  it("sends the empty request, so that a wrong path and wrong credentials show", async () => {
    const { integration, receiver } = await open({ respond: () => ({ status: receiver.requests.length === 1 ? 200 : 404 }) });
    const details = { endpoint: `${receiver.url}/v1/traces` };
    expect(await integration.health({ signal: new AbortController().signal })).toEqual({ healthy: true, message: "", details });
    expect(receiver.requests[0]?.body.length).toBe(0);
    const status = await integration.health({ signal: new AbortController().signal });
    expect(status).toMatchObject({ healthy: false, details: { ...details, code: "unavailable" } });
    expect(status.message).toContain("check endpoint");
  });
});
