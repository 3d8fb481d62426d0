import { Overloaded } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import type { RawRequest, RawResponse } from "../core/types.ts";
import { createSigner } from "../signing/signer.ts";
import { generateSecret } from "../signing/signing-secret.ts";
import { createWebhookReceiver, type ReceivedWebhook, type WebhookReceiverOptions } from "./webhook-receiver.ts";

const secret = generateSecret();
const signer = createSigner({ secrets: [secret] });
const startSeconds = 1_800_000_000;

function webhook(id: string, body: string | Uint8Array = '{"type":"a.b","data":{}}', timestampSeconds = startSeconds): RawRequest {
  const bytes = Buffer.from(body as string);
  return { method: "POST", headers: { ...signer.sign({ id, timestampSeconds, body: bytes }) }, body: bytes };
}

function setUp(options: Partial<WebhookReceiverOptions> = {}) {
  const received: ReceivedWebhook[] = [];
  const time = { ms: startSeconds * 1000 };
  const receive = createWebhookReceiver({
    secrets: [secret],
    clock: { now: () => time.ms },
    onMessage: (message) => {
      received.push(message);
      return Promise.resolve(undefined);
    },
    ...options,
  });
  return { receive, received, time };
}

function jsonOf(response: RawResponse): unknown {
  return JSON.parse(Buffer.from(response.body).toString());
}

describe("a webhook receiver", () => {
  it("hands over what was signed, parsed, and answers 204", async () => {
    const { receive, received } = setUp();
    const request = webhook("msg-1");
    expect(await receive(request)).toEqual({ status: 204, headers: {}, body: new Uint8Array() });
    expect(received).toEqual([{ id: "msg-1", timestampSeconds: startSeconds, body: request.body, json: { type: "a.b", data: {} } }]);
  });

  it("passes on the answer of its handler", async () => {
    const answer: RawResponse = { status: 202, headers: { "x-a": "b" }, body: Buffer.from("taken") };
    const { receive } = setUp({ onMessage: () => Promise.resolve(answer) });
    expect(await receive(webhook("msg-1"))).toBe(answer);
  });

  it("answers what comes again with 200 and does not take it twice", async () => {
    const { receive, received, time } = setUp();
    await receive(webhook("msg-1"));
    time.ms += 1000;
    const again = await receive(webhook("msg-1", undefined, startSeconds + 1));
    expect([again.status, jsonOf(again)]).toEqual([200, { status: "duplicate", id: "msg-1" }]);
    expect((await receive(webhook("msg-2"))).status).toBe(204);
    expect(received.map(({ id }) => id)).toEqual(["msg-1", "msg-2"]);
  });

  it("remembers an id as long as a signature with it can be valid, and no longer", async () => {
    const { receive, received, time } = setUp();
    const fromTheFuture = webhook("msg-1", undefined, startSeconds + 300);
    await receive(fromTheFuture);
    time.ms += 600_000;
    expect((await receive(fromTheFuture)).status).toBe(200);
    time.ms += 1000;
    expect((await receive(fromTheFuture)).status).toBe(401);
    time.ms += 1000;
    expect((await receive(webhook("msg-1", undefined, startSeconds + 602))).status).toBe(204);
    expect(received).toHaveLength(2);
  });

  it("forgets the oldest id when it has no room", async () => {
    const { receive, received } = setUp({ replayWindow: { idsMax: 2 } });
    for (const id of ["a", "b", "c", "b", "c", "a"]) await receive(webhook(id));
    expect(received.map(({ id }) => id)).toEqual(["a", "b", "c", "a"]);
  });

  it("takes one id once when it comes twice at the same time", async () => {
    let finish = (): void => undefined;
    let calls = 0;
    const { receive } = setUp({
      onMessage: () => {
        calls += 1;
        return new Promise((resolve) => {
          finish = () => resolve(undefined);
        });
      },
    });
    const both = [receive(webhook("msg-1")), receive(webhook("msg-1"))];
    await Promise.resolve();
    finish();
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([204, 204]);
    expect(calls).toBe(1);
  });

  it("takes an id again when its handler failed, refused or was overloaded, and says nothing of the failure's inside", async () => {
    const answers = [
      () => Promise.reject(new Error("password=hunter2")),
      () => Promise.reject(new Overloaded("the journal is full", 1500)),
      () => Promise.resolve({ status: 422, headers: {}, body: new Uint8Array() }),
      () => Promise.resolve(undefined),
    ];
    const { receive } = setUp({ onMessage: () => (answers.shift() ?? (() => Promise.resolve(undefined)))() });
    const failed = await receive(webhook("msg-1"));
    expect(failed.status).toBe(500);
    expect(Buffer.from(failed.body).toString()).not.toContain("hunter2");
    const overloaded = await receive(webhook("msg-1"));
    expect(overloaded).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
    expect(jsonOf(overloaded)).toEqual({ error: "overloaded", message: "the journal is full" });
    expect((await receive(webhook("msg-1"))).status).toBe(422);
    expect((await receive(webhook("msg-1"))).status).toBe(204);
    expect((await receive(webhook("msg-1"))).status).toBe(200);
  });

  it.each([
    ["another method", { ...webhook("a"), method: "GET" }, 405, "method_not_allowed"],
    ["a body over the limit", webhook("a", "x".repeat(101)), 413, "body_too_large"],
    ["no signature", { ...webhook("a"), headers: {} }, 401, "missing_header"],
    ["a changed body", { ...webhook("a"), body: Buffer.from("{}") }, 401, "no_matching_signature"],
    ["an old timestamp", webhook("a", "{}", startSeconds - 301), 401, "timestamp_too_old"],
    ["a timestamp ahead", webhook("a", "{}", startSeconds + 301), 401, "timestamp_too_new"],
    ["a broken timestamp", { ...webhook("a"), headers: { ...webhook("a").headers, "webhook-timestamp": "now" } }, 400, "malformed_header"],
    ["signed text that is no JSON", webhook("a", "hello"), 400, "not_json"],
    ["signed bytes that are no UTF-8", webhook("a", Uint8Array.of(0x22, 0xff, 0x22)), 400, "not_json"],
    ["an empty body", webhook("a", ""), 400, "not_json"],
  ])("refuses %s with a clear error, and hands nothing over", async (_, request, status, error) => {
    const { receive, received } = setUp({ maxBodyBytes: 100 });
    const response = await receive(request);
    expect(response.status).toBe(status);
    expect(response.headers["content-type"]).toBe("application/json");
    expect(jsonOf(response)).toMatchObject({ error, message: expect.stringMatching(/\w+ \w+/) as string });
    expect(received).toEqual([]);
  });

  it("names the method that it takes", async () => {
    const { receive } = setUp();
    expect((await receive({ ...webhook("a"), method: "PUT" })).headers["allow"]).toBe("POST");
  });

  it("looks at the size before the signature, and takes 1 MiB unless told otherwise", async () => {
    const { receive } = setUp();
    const mebibyte = `"${"x".repeat(1024 * 1024 - 2)}"`;
    expect((await receive(webhook("a", mebibyte))).status).toBe(204);
    expect((await receive({ method: "POST", headers: {}, body: Buffer.alloc(1024 * 1024 + 1) })).status).toBe(413);
  });

  it("takes the tolerance that it is told", async () => {
    const { receive } = setUp({ toleranceSeconds: 5 });
    expect((await receive(webhook("a", "{}", startSeconds - 5))).status).toBe(204);
    expect((await receive(webhook("b", "{}", startSeconds - 6))).status).toBe(401);
  });
});
