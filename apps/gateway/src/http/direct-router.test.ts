import { connect, type IncomingHttpHeaders } from "node:http2";
import { gzipSync } from "node:zlib";
import { fromBinary, toBinary, create } from "@bufbuild/protobuf";
import { RawPublishRequestSchema } from "@tapio/contracts/ingest/raw/v1/raw";
import { PublishResponseSchema } from "@tapio/contracts/ingest/v1/ingest";
import { Overloaded, type RecordSink, type SubmitResult } from "@tapio/integration-core";
import { createApiHandlers, createDirectPublish, type ApiPorts, type DeliveryControl, type DirectPublish } from "@tapio/integration-grpc";
import { createMemoryJournal } from "@tapio/journal-memory";
import { recordingLogger } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../telemetry/clock.ts";
import { openAccess } from "../testdata/serve.ts";
import { createAccess } from "./access.ts";
import { createByteBudget } from "./byte-budget.ts";
import { createDirectRouter } from "./direct-router.ts";
import { openPort } from "./port.ts";
import { createRouter, type RouterOptions } from "./router.ts";

// Every request is sent to two ports: one that answers directly what it can, and one that has connect answer everything. What the client sees, and
// what reaches the sink, must be the same.

const path = "/tapio.ingest.v1.IngestService/Publish";
const limits = { maxBytes: 20_000, timeoutMs: 400 };
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Subject {
  readonly url: string;
  readonly submitted: string[][];
  readonly logged: () => readonly unknown[];
  /** How many calls were answered directly. */
  readonly direct: () => number;
}

/** What becomes of a record is written in it. */
function judge(text: string, index: number): SubmitResult {
  if (text.startsWith("bad")) return { status: "rejected", id: text, field: "event.type", reason: "is missing; set it" };
  return { status: text.startsWith("again") ? "duplicate" : "accepted", id: text, sequence: 2 ** 40 + index };
}

function createSink(submitted: string[][]): RecordSink {
  return {
    async submit(batch, { source }) {
      const texts = batch.map((one) => ("bytes" in one ? Buffer.from(one.bytes).toString() : ""));
      submitted.push([source, ...texts]);
      if (texts.includes("overload")) throw new Overloaded("too much is waiting to be written", 1_500);
      if (texts.includes("fail")) throw new Error("a secret");
      return texts.map(judge);
    },
  };
}

async function open(isDirect: boolean, change: Partial<RouterOptions> = {}): Promise<Subject> {
  const submitted: string[][] = [];
  const logger = recordingLogger();
  const journal = createMemoryJournal();
  // No call of these tests reaches the control.
  const control = {} as DeliveryControl;
  const ports = { sink: createSink(submitted), log: journal, control, clock: systemClock, logger, isReady: () => true };
  const apiPorts: ApiPorts = { ...ports, shutdown: new AbortController().signal };
  const apiLimits = { maxRequestBytes: limits.maxBytes, maxRecordsPerRequest: 50 };
  const routes: RouterOptions = {
    access: createAccess(openAccess),
    api: createApiHandlers(apiPorts, apiLimits),
    sources: [],
    pages: [],
    limits,
    budget: createByteBudget(1_000_000),
    isOpen: () => true,
    logger,
    ...change,
  };
  let answered = 0;
  const direct = createDirectPublish(apiPorts, apiLimits);
  const counting: DirectPublish = {
    ...direct,
    publish(message, call) {
      const answer = direct.publish(message, call);
      if (answer !== undefined) answered += 1;
      return answer;
    },
  };
  const port = await openPort({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    timeouts: { headersMs: 1_000, requestMs: 1_000, idleMs: 5_000 },
    connectionsMax: 10,
    onRequest: createRouter(routes),
    ...(isDirect ? { onStream: createDirectRouter(routes, counting) } : {}),
  });
  closers.push(() => port.close(0));
  return { url: `http://127.0.0.1:${port.address.port}`, submitted, logged: () => logger.entries, direct: () => answered };
}

interface Sent {
  readonly headers?: Record<string, string>;
  readonly chunks: readonly Uint8Array[];
  /** Nothing comes after the chunks, and the stream stays open. */
  readonly isOpen?: boolean;
}

interface Answer {
  readonly headers: Record<string, unknown>;
  readonly trailers: Record<string, unknown>;
  readonly results: unknown;
}

async function call(url: string, { headers = {}, chunks, isOpen = false }: Sent): Promise<Answer> {
  const session = connect(url);
  session.on("error", () => undefined);
  try {
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers });
    const answer = { headers: {}, trailers: {}, body: Buffer.alloc(0) };
    stream.on("response", (response) => (answer.headers = plain(response)));
    stream.on("trailers", (trailers) => (answer.trailers = plain(trailers)));
    stream.on("data", (chunk: Buffer) => (answer.body = Buffer.concat([answer.body, chunk])));
    stream.on("error", () => undefined);
    for (const chunk of chunks) stream.write(chunk);
    if (!isOpen) stream.end();
    await new Promise((resolve) => stream.on("end", resolve).on("close", resolve));
    return { headers: answer.headers, trailers: answer.trailers, results: resultsOf(answer.body) };
  } finally {
    session.destroy();
  }
}

function plain(headers: IncomingHttpHeaders): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "date"));
}

function resultsOf(body: Buffer): unknown {
  const isBinary = body.length >= 5 && body[0] === 0 && body[5] !== 0x7b;
  return isBinary ? fromBinary(PublishResponseSchema, body.subarray(5)).results : body.toString();
}

function message(...records: readonly string[]): Uint8Array {
  return toBinary(RawPublishRequestSchema, create(RawPublishRequestSchema, { records: records.map((text) => Buffer.from(text)) }));
}

function frame(bytes: Uint8Array, flags = 0, declared = bytes.length): Buffer {
  const prefix = Buffer.alloc(5, flags);
  prefix.writeUInt32BE(declared, 1);
  return Buffer.concat([prefix, bytes]);
}

const usual: Readonly<Record<string, Sent>> = {
  "one record": { chunks: [frame(message("one"))] },
  "records that are accepted, duplicates and rejected": { chunks: [frame(message("one", "again", "bad", "two"))] },
  "ids of the greatest length": { chunks: [frame(message("x".repeat(128), "y".repeat(64), "z".repeat(65)))] },
  "no records": { chunks: [frame(message())] },
  "as many records as are allowed": { chunks: [frame(message(...Array<string>(50).fill("one")))] },
  "application/grpc+proto": { headers: { "content-type": "application/grpc+proto" }, chunks: [frame(message("one"))] },
  "a deadline": { headers: { "grpc-timeout": "5S" }, chunks: [frame(message("one"))] },
  "a body that comes byte by byte": { chunks: [...frame(message("one"))].map((byte) => Uint8Array.of(byte)) },
  "the encoding identity": { headers: { "grpc-encoding": "identity" }, chunks: [frame(message("one"))] },
  "a journal that is behind": { chunks: [frame(message("overload"))] },
  "a sink that fails": { chunks: [frame(message("fail"))] },
};

const unusual: Readonly<Record<string, Sent>> = {
  "a compressed message": { headers: { "grpc-encoding": "gzip" }, chunks: [frame(gzipSync(message("one")), 1)] },
  "a plain message where a compressed one may come": { headers: { "grpc-encoding": "gzip" }, chunks: [frame(message("one"))] },
  "a compressed message without its encoding": { chunks: [frame(gzipSync(message("one")), 1)] },
  "an encoding that nobody knows": { headers: { "grpc-encoding": "zip" }, chunks: [frame(message("one"))] },
  "a broken deadline": { headers: { "grpc-timeout": "soon" }, chunks: [frame(message("one"))] },
  "an empty body": { chunks: [] },
  "half a prefix": { chunks: [Uint8Array.of(0, 0)] },
  "a message that is cut off": { chunks: [frame(message("one"), 0, 100)] },
  "two messages": { chunks: [frame(message("one")), frame(message("two"))] },
  "bytes after the message": { chunks: [frame(message("one")), Uint8Array.of(0, 1)] },
  "a message that is declared too large": { chunks: [frame(message("one"), 0, 30_000)] },
  "too many records": { chunks: [frame(message(...Array<string>(51).fill("one")))] },
  "far too many records": { chunks: [frame(new Uint8Array(19_998).map((_, index) => (index % 2 === 0 ? 0x0a : 0)))] },
  "an unknown field": { chunks: [frame(Buffer.concat([message("one"), Uint8Array.of(0x10, 1)]))] },
  "a record of another wire type": { chunks: [frame(Uint8Array.of(0x08, 1))] },
  "a record that reaches past the message": { chunks: [frame(Uint8Array.of(0x0a, 9, 1))] },
  "a length that never ends": { chunks: [frame(Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))] },
  "a length that is cut off": { chunks: [frame(Uint8Array.of(0x0a, 0xff))] },
  JSON: { headers: { "content-type": "application/grpc+json" }, chunks: [frame(Buffer.from('{"records":[]}'))] },
  "another content type": { headers: { "content-type": "text/plain" }, chunks: [frame(message("one"))] },
  "another method": { headers: { ":method": "PUT" }, chunks: [frame(message("one"))] },
  "another path": { headers: { ":path": "/tapio.ingest.v1.IngestService/Nothing" }, chunks: [frame(message("one"))] },
  "a body that does not end in time": { chunks: [frame(message("one"), 0, 100)], isOpen: true },
  "a body that does not begin in time": { chunks: [], isOpen: true },
};

async function both(sent: Sent, change?: Partial<RouterOptions>): Promise<{ direct: Subject; answers: [Answer, Answer] }> {
  const direct = await open(true, change);
  const general = await open(false, change);
  const answers: [Answer, Answer] = [await call(direct.url, sent), await call(general.url, sent)];
  expect(answers[0]).toEqual(answers[1]);
  expect(direct.submitted).toEqual(general.submitted);
  expect(direct.logged()).toEqual(general.logged());
  return { direct, answers };
}

describe("Publish over gRPC is answered as connect answers it:", () => {
  it.each(Object.entries(usual))("%s, directly", async (_, sent) => {
    const { direct, answers } = await both(sent);
    expect([direct.direct(), answers[0].headers[":status"]]).toEqual([1, 200]);
  });

  it.each(Object.entries(unusual))("%s, by connect itself", async (_, sent) => {
    const { direct, answers } = await both(sent);
    expect([direct.direct(), typeof answers[0].headers[":status"]]).toEqual([0, "number"]);
  });

  it("with a token, and without", async () => {
    const access = createAccess({ ...openAccess, tokens: ["correct-horse-battery"], pathTokens: ["0123456789abcdef"] });
    const sent = usual["one record"]!;
    const refused = await both(sent, { access });
    expect([refused.direct.direct(), refused.answers[0].headers[":status"]]).toEqual([0, 401]);
    const taken = await both({ ...sent, headers: { authorization: "Bearer correct-horse-battery" } }, { access });
    expect([taken.direct.direct(), taken.answers[0].trailers["grpc-status"]]).toEqual([1, "0"]);
    const inPath = await both({ ...sent, headers: { ":path": `/t/0123456789abcdef${path}` } }, { access });
    expect([inPath.direct.direct(), inPath.answers[0].trailers["grpc-status"]]).toEqual([0, "0"]);
  });

  it("while the gateway starts", async () => {
    const { answers } = await both(usual["one record"]!, { isOpen: () => false });
    expect(answers[0].headers[":status"]).toBe(503);
  });

  it("when too many bodies are in memory", async () => {
    const { direct, answers } = await both(usual["one record"]!, { budget: createByteBudget(7) });
    expect([direct.direct(), answers[0].trailers]).toMatchObject([0, { "grpc-status": "8", "retry-after-ms": "1000" }]);
  });

  it("with a hint when to come again", async () => {
    const { answers } = await both(usual["a journal that is behind"]!);
    expect(answers[0].trailers).toMatchObject({
      "grpc-status": "8",
      "grpc-message": "too%20much%20is%20waiting%20to%20be%20written",
      "retry-after-ms": "1500",
    });
  });
});

describe("a call that is answered directly", () => {
  it("gives its share of the bodies' budget back, also when its client goes away", async () => {
    const budget = createByteBudget(3_000);
    const { url, submitted } = await open(true, { budget });
    for (let n = 0; n < 5; n++) {
      const session = connect(url);
      session.on("error", () => undefined);
      const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
      stream.on("error", () => undefined).write(frame(message("x".repeat(2_000)), 0, 5_000));
      await new Promise((resolve) => setTimeout(resolve, 30));
      session.destroy();
    }
    await expect.poll(() => budget.open().add(3_000)).toBe(true);
    expect(submitted).toEqual([]);
  });
});
