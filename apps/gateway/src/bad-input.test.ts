import { create, toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { PublishResponseSchema, RecordStatus } from "@tapio/contracts/ingest/v1/ingest";
import { RawPublishRequestSchema } from "@tapio/contracts/ingest/raw/v1/raw";
import { fromBinary } from "@bufbuild/protobuf";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway } from "./gateway.ts";
import { openRawClient } from "./testdata/raw-client.ts";
import { startTestGateway } from "./testdata/start-test-gateway.ts";

let gateway: Gateway;
let url = "";

beforeAll(async () => {
  ({ gateway, url } = await startTestGateway(
    "ingest: { max_record_bytes: 2KiB, max_batch_records: 100, max_request_bytes: 1MiB, request_timeout: 2s }",
  ));
});

afterAll(() => gateway.stop());

let lastId = 0;

function newId(): string {
  lastId += 1;
  return `good-${lastId}`;
}

const publishPath = "/tapio.ingest.v1.IngestService/Publish";

async function publishJson(
  records: unknown,
): Promise<{ status: number; body: { code?: string; message?: string; results?: { status: string; field?: string; reason?: string }[] } }> {
  const body = typeof records === "string" ? records : JSON.stringify({ records });
  const response = await fetch(`${url}${publishPath}`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: response.status, body: (await response.json()) as object };
}

async function publishBytes(body: Uint8Array): Promise<Response> {
  return fetch(`${url}${publishPath}`, { method: "POST", headers: { "content-type": "application/proto" }, body });
}

/** Publishes a bad record between two good ones; answers what became of it, when the good ones were taken. */
async function publishAmongGood(bad: Uint8Array): Promise<{ field: string; reason: string }> {
  const records = [eventBytes({}), bad, eventBytes({})];
  const response = await publishBytes(toBinary(RawPublishRequestSchema, create(RawPublishRequestSchema, { records })));
  const { results } = fromBinary(PublishResponseSchema, new Uint8Array(await response.arrayBuffer()));
  expect(results.map(({ status }) => status)).toEqual([RecordStatus.ACCEPTED, RecordStatus.REJECTED, RecordStatus.ACCEPTED]);
  return { field: results[1]?.field ?? "", reason: results[1]?.reason ?? "" };
}

function eventBytes(change: object): Uint8Array {
  const value = create(EventSchema, { id: newId(), type: "x.y", severity: Severity.INFO, time: { seconds: 1n, nanos: 0 }, ...change });
  return toBinary(RecordSchema, create(RecordSchema, { kind: { case: "event", value } }));
}

/** The same event with raw bytes at the end of its message. */
function eventWith(...extra: number[]): Uint8Array {
  const [tag = 0, , ...rest] = eventBytes({});
  return Uint8Array.of(tag, rest.length + extra.length, ...rest, ...extra);
}

function goodJson(change: object = {}): object {
  return { event: { id: newId(), time: "2026-11-01T12:00:00Z", type: "x.y", severity: "SEVERITY_INFO", ...change } };
}

describe("a bad record in protobuf is refused by its field, and the others of its batch are taken", () => {
  it.each<[string, Uint8Array, string, RegExp]>([
    ["no id", eventBytes({ id: "" }), "event.id", /./],
    ["an id with a blank", eventBytes({ id: "a b" }), "event.id", /./],
    ["no type", eventBytes({ type: "" }), "event.type", /./],
    ["no time", eventBytes({ time: undefined }), "event.time", /./],
    ["no severity", eventBytes({ severity: 0 }), "event.severity", /./],
    ["an unknown severity", eventBytes({ severity: 42 }), "event.severity", /./],
    ["its id twice", eventWith(0x0a, 1, 0x62), "event.id", /./],
    ["bad UTF-8 in its message", eventWith(0x5a, 2, 0xc3, 0x28), "event.message", /UTF-8/],
    ["a length beyond its end", eventWith(0x5a, 100), "event.message", /./],
    ["no kind", Uint8Array.of(), "kind", /./],
    [
      "more bytes than the limit",
      eventBytes({ message: "x".repeat(3_000) }),
      "record",
      /^is \d+ bytes; the limit is 2048 \(ingest\.max_record_bytes\)$/,
    ],
  ])("with %s", async (_name, bad, field, reason) => {
    const refusal = await publishAmongGood(bad);
    expect(refusal.field).toBe(field);
    expect(refusal.reason).toMatch(reason);
  });

  it("but bytes that are no request are INVALID_ARGUMENT as a whole", async () => {
    const response = await publishBytes(Uint8Array.of(0x0a, 0xff, 0xff));
    expect([response.status, await response.json()]).toMatchObject([400, { code: "invalid_argument" }]);
  });
});

describe("a bad record in JSON", () => {
  it.each<[string, object, string]>([
    ["an unknown severity name", { severity: "LOUD" }, "event.severity"],
    ["an unknown field", { sevrity: "INFO" }, "event.sevrity"],
    ["no id", { id: undefined }, "event.id"],
    ["no type", { type: undefined }, "event.type"],
    ["no time", { time: undefined }, "event.time"],
    ["a time that is none", { time: "noon" }, "event.time"],
  ])("with %s is refused by its field, and the others are taken", async (_name, change, field) => {
    const { status, body } = await publishJson([goodJson(), goodJson(change), goodJson()]);
    expect([status, body.results?.map((result) => result.status)]).toEqual([
      200,
      ["RECORD_STATUS_ACCEPTED", "RECORD_STATUS_REJECTED", "RECORD_STATUS_ACCEPTED"],
    ]);
    expect(body.results?.[1]).toMatchObject({ field, reason: expect.stringMatching(/./) as string });
  });

  it.each([
    ["malformed JSON", '{"records":[', 400, "invalid_argument"],
    ["an unknown field of the request", '{"recordz":[]}', 400, "invalid_argument"],
    ["more records than a request may have", JSON.stringify({ records: Array.from({ length: 101 }, () => ({})) }), 400, "invalid_argument"],
    ["a body over the limit", JSON.stringify({ records: [], padding: "x".repeat(2_000_000) }), 429, "resource_exhausted"],
  ])("%s is refused as a whole", async (_name, text, status, code) => {
    const answer = await publishJson(text);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.message).not.toBe("");
  });
});

describe("a body of 100 MB", () => {
  const chunk = new Uint8Array(1_000_000).fill(0x20);

  function hundredMegabytes(): ReadableStream<Uint8Array> {
    let left = 100;
    return new ReadableStream({ pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()) });
  }

  it.each([
    ["/v1/occurrences", "application/json", 413],
    [publishPath, "application/json", 429],
    [publishPath, "application/proto", 429],
  ])("to %s as %s is refused, and the gateway goes on", async (path, type, status) => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": type },
      body: hundredMegabytes(),
      duplex: "half",
    });
    expect(response.status).toBe(status);
    expect((await publishJson([goodJson()])).status).toBe(200);
  });
});

describe("a client that sends one byte at a time", () => {
  it.each([
    ["/v1/occurrences", "REQUEST_TIMEOUT"],
    [publishPath, "deadline_exceeded"],
  ])("to %s is answered 408", { timeout: 20_000 }, async (path, code) => {
    const client = await openRawClient(gateway.addresses[0]?.port ?? 0);
    client.socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`);
    const drip = setInterval(() => client.socket.write(" "), 200);
    const answer = await client.received(code);
    clearInterval(drip);
    client.socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe("HTTP/1.0", () => {
  it("needs no Host to call the API", async () => {
    const client = await openRawClient(gateway.addresses[0]?.port ?? 0);
    const body = JSON.stringify({ records: [goodJson()] });
    client.socket.write(`POST ${publishPath} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    expect(await client.closed).toMatch(/^HTTP\/1\.1 200 .*RECORD_STATUS_ACCEPTED/s);
  });
});

describe("a call of the API in a content type that it has no protocol for", () => {
  const subscribePath = "/tapio.subscribe.v1.SubscribeService/Subscribe";
  it.each([
    ["none", publishPath, undefined, "there is no content-type: Publish wants application/json"],
    ["another", publishPath, "text/csv", 'content-type "text/csv" is not supported: Publish wants application/json'],
    [
      "that of a call with one answer for a stream",
      subscribePath,
      "application/json",
      'content-type "application/json" is not supported: Subscribe wants gRPC or application/connect+json, since it is a stream',
    ],
  ])("%s: is answered 415 with what it wants", async (_, path, contentType, message) => {
    const headers = contentType === undefined ? {} : { "content-type": contentType };
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body: new TextEncoder().encode("{}") });
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual({ error: { code: "UNSUPPORTED_MEDIA_TYPE", message } });
    expect((await publishJson([goodJson()])).status).toBe(200);
  });
});
