import { create } from "@bufbuild/protobuf";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { WebhooksConfigSchema } from "@tapio/contracts/integrations/webhooks/v1/config";
import { createHttpReceiver, createIntegrationContext, sampleEvent, sampleViews, type ReceivedRequest } from "@tapio/testing";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { createWebhooksIntegration } from "./integration.ts";
import { generateSecret } from "./signing/signing-secret.ts";
import { openIntegration, summary, testSecret } from "./testdata/open-integration.ts";

function verifiedByOracle(secret: string, request: ReceivedRequest | undefined): unknown {
  return new Webhook(secret).verify(Buffer.from(request?.body ?? []), request?.headers ?? {});
}

describe("a webhook, as its receiver sees it", () => {
  it("is a signed POST that the package standardwebhooks believes", async () => {
    const receiver = await createHttpReceiver();
    try {
      await using sender = await openIntegration({ url: `${receiver.url}/hook/a%20b?team=core`, headers: { "X-Team": "core" } });
      expect(summary(await sender.deliver())).toBe("delivered");
      const [request] = receiver.requests;
      expect(request).toMatchObject({ method: "POST", path: "/hook/a%20b?team=core" });
      expect(request?.headers).toMatchObject({
        "content-type": "application/json",
        "content-length": String(request?.body.length),
        "user-agent": "tapio-webhooks/1",
        "webhook-id": "event-1",
        "x-team": "core",
      });
      expect(verifiedByOracle(testSecret, request)).toMatchObject({
        type: "kernel.container.oom_kill",
        timestamp: "2026-03-04T05:06:07.123456789Z",
        kind: "event",
        id: "event-1",
        data: { event: { id: "event-1", severity: "SEVERITY_CRITICAL" } },
      });
    } finally {
      await receiver.close();
    }
  });

  it("keeps its id and body over attempts, and has the time of each attempt", async () => {
    const receiver = await createHttpReceiver();
    const time = { ms: Date.now() - 60_000 };
    try {
      await using sender = await openIntegration({ url: receiver.url }, { now: () => time.ms });
      const first = Math.floor(time.ms / 1000);
      receiver.behave("unavailable");
      expect(summary(await sender.deliver())).toBe("unavailable: the receiver answered 503; it said: unavailable");
      receiver.behave("accept");
      time.ms += 30_000;
      await sender.deliver();
      expect(receiver.requests.map(({ headers }) => [headers["webhook-id"], headers["webhook-timestamp"]])).toEqual([
        ["event-1", String(first)],
        ["event-1", String(first + 30)],
      ]);
      expect(receiver.requests[0]?.body).toEqual(receiver.requests[1]?.body);
      for (const request of receiver.requests) verifiedByOracle(testSecret, request);
    } finally {
      await receiver.close();
    }
  });

  it("is believed with the new secret and with the one of before while secrets change", async () => {
    const receiver = await createHttpReceiver();
    const before = generateSecret();
    try {
      await using sender = await openIntegration({ url: receiver.url, previousSecrets: [before] });
      await sender.deliver();
      verifiedByOracle(testSecret, receiver.requests[0]);
      verifiedByOracle(before, receiver.requests[0]);
      expect(() => verifiedByOracle(generateSecret(), receiver.requests[0])).toThrow("No matching signature");
    } finally {
      await receiver.close();
    }
  });

  it("is the same from a batch as from a single call", async () => {
    const receiver = await createHttpReceiver();
    try {
      await using sender = await openIntegration({ url: receiver.url });
      const [view] = sampleViews(1);
      if (view === undefined) throw new Error("no view");
      const call = { signal: new AbortController().signal, deliveries: [{ deliveryId: "d", attempt: 1 }] };
      await sender.integration.processBatch?.([view], call);
      await sender.integration.processEvent(sampleEvent({ id: "record-1" }), { signal: call.signal, deliveryId: "d", attempt: 1 });
      expect(receiver.requests[0]?.body).toEqual(receiver.requests[1]?.body);
    } finally {
      await receiver.close();
    }
  });
});

describe("the webhooks integration", () => {
  it("refuses a record that has no JSON form, and sends nothing", async () => {
    const receiver = await createHttpReceiver();
    try {
      await using sender = await openIntegration({ url: receiver.url });
      const event = create(EventSchema, { id: "e", type: "a", time: { seconds: 0n }, data: { size: Number.NaN } });
      const outcome = await sender.integration.processEvent(event, { signal: new AbortController().signal, deliveryId: "d", attempt: 1 });
      expect(summary(outcome)).toMatch(/^record_invalid: the record has no JSON form: /);
      expect(receiver.requests).toEqual([]);
    } finally {
      await receiver.close();
    }
  });

  it("names what it was doing without the query", async () => {
    const receiver = await createHttpReceiver();
    receiver.behave("deny");
    try {
      await using sender = await openIntegration({ url: `${receiver.url}/hook?token=hunter2` });
      const outcome = await sender.deliver();
      expect(outcome.kind === "failed" ? outcome.error.operation : "").toBe(`POST ${receiver.url}/hook`);
    } finally {
      await receiver.close();
    }
  });

  it("answers internal before it was initialized, and canceled after it was closed", async () => {
    const integration = createWebhooksIntegration();
    const call = { signal: new AbortController().signal, deliveryId: "d", attempt: 1 };
    expect(summary(await integration.processEvent(sampleEvent(), call))).toBe("internal: the destination is not initialized");
    await integration.close();
    expect(summary(await integration.processEvent(sampleEvent(), call))).toBe("canceled: the destination is closed");
    const config = create(WebhooksConfigSchema, { url: "https://example.com/", secret: testSecret });
    await expect(integration.initialize(config, createIntegrationContext())).rejects.toMatchObject({ code: "canceled" });
  });
});
