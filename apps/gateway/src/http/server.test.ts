import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { gzipSync } from "node:zlib";
import type { SourceEndpoint, SourceRequest } from "@tapio/ingest";
import { silentLogger } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { openRawClient } from "../testdata/raw-client.ts";
import { createAccess, type AccessRules } from "./access.ts";
import { openPort, type Port } from "./port.ts";
import { createRouter, type Page } from "./router.ts";

const open: AccessRules = { tokens: [], cidrs: [], pathTokens: [], mtls: false, open: false };
const pages: readonly Page[] = [
  { path: "/healthz", isPublic: true, render: async () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "ok\n" }) },
  { path: "/metrics", isPublic: false, render: async () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "m 1\n" }) },
];
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Served {
  readonly port: Port;
  readonly url: string;
  readonly seen: SourceRequest[];
}

async function serve(options: { rules?: AccessRules; requestMs?: number; handle?: SourceEndpoint["handle"] } = {}): Promise<Served> {
  const seen: SourceRequest[] = [];
  const echo: SourceEndpoint = {
    method: "POST",
    path: "/v1/echo",
    handle: async (request) => {
      seen.push(request);
      return (
        (await options.handle?.(request)) ?? {
          status: 200,
          headers: { "content-type": "text/plain" },
          body: `${request.body.byteLength}\n`,
        }
      );
    },
  };
  const timeoutMs = options.requestMs ?? 5_000;
  const router = createRouter({
    access: createAccess(options.rules ?? open),
    api: [],
    sources: [echo],
    pages,
    limits: { maxBytes: 100_000, timeoutMs },
    logger: silentLogger,
  });
  const port = await openPort({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    timeouts: { headersMs: Math.min(timeoutMs, 1_000), requestMs: timeoutMs + 500, idleMs: 5_000 },
    connectionsMax: 100,
    onRequest: router,
  });
  closers.push(() => port.close(100));
  return { port, url: `http://127.0.0.1:${port.address.port}`, seen };
}

async function errorOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { error: unknown }).error;
}

function http2Session(url: string): ClientHttp2Session {
  const session = connectHttp2(url);
  session.on("error", () => undefined);
  closers.push(async () => session.destroy());
  return session;
}

/** One request over cleartext HTTP/2; `send` writes the body and may leave it open. */
function http2Request(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  send: (write: (chunk: Buffer | string) => void, end: () => void) => void,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status = 0;
    let body = "";
    stream.setEncoding("utf8");
    stream.on("response", (answer) => (status = Number(answer[":status"])));
    stream.on("data", (chunk: string) => (body += chunk));
    stream.on("end", () => resolve({ status, body }));
    stream.on("error", (reason) => (status === 0 ? reject(reason) : resolve({ status, body })));
    send(
      (chunk) => stream.write(chunk),
      () => stream.end(),
    );
  });
}

describe("one port", () => {
  it("answers HTTP/1.1 with a Content-Length, uncompressed and never chunked", async () => {
    const { port } = await serve();
    const client = await openRawClient(port.address.port);
    client.socket.write("POST /v1/echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n[]");
    const answer = await client.closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer.toLowerCase()).toContain("content-length: 2\r\n");
    expect(answer.toLowerCase()).not.toContain("transfer-encoding");
    expect(answer).toMatch(/\r\n\r\n2\n$/);
  });

  it("answers cleartext HTTP/2", async () => {
    const { url } = await serve();
    const answer = await http2Request(http2Session(url), { ":method": "POST", ":path": "/v1/echo" }, (write, end) => {
      write("abc");
      end();
    });
    expect(answer).toEqual({ status: 200, body: "3\n" });
  });

  it("tells POST from the preface of HTTP/2 when the first bytes come one by one", async () => {
    const { port } = await serve();
    const client = await openRawClient(port.address.port);
    for (const byte of "PO") {
      client.socket.write(byte);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    client.socket.write("ST /v1/echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    expect(await client.closed).toMatch(/^HTTP\/1\.1 200/);
  });

  it("answers what is no HTTP with 400 and closes", async () => {
    const { port } = await serve();
    const client = await openRawClient(port.address.port);
    client.socket.write("EHLO mail.example.com\r\n\r\n");
    expect(await client.closed).toMatch(/^HTTP\/1\.1 400 .*"MALFORMED_HTTP"/s);
  });

  it("keeps serving others after a client that broke off", async () => {
    const { port, url } = await serve();
    const client = await openRawClient(port.address.port);
    client.socket.write("POST /v1/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nabc");
    client.socket.destroy();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe("a slow client", () => {
  it("that says nothing is closed", async () => {
    const { port } = await serve({ requestMs: 200 });
    const client = await openRawClient(port.address.port);
    expect(await client.closed).toBe("");
  });

  it("that sends its headers byte by byte is answered 408", async () => {
    const { port } = await serve({ requestMs: 300 });
    const client = await openRawClient(port.address.port);
    client.socket.write("POST /v1/echo HTTP/1.1\r\nhost: localhost\r\n");
    const drip = setInterval(() => client.socket.write("x"), 50);
    const answer = await client.closed;
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
  });

  it("that sends its body byte by byte is answered 408 and has no effect", async () => {
    const { port, seen } = await serve({ requestMs: 300 });
    const client = await openRawClient(port.address.port);
    client.socket.write("POST /v1/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n");
    const drip = setInterval(() => client.socket.write("x"), 50);
    const answer = await client.received("REQUEST_TIMEOUT");
    clearInterval(drip);
    client.socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*the body did not arrive within 300 ms/s);
    expect(seen).toEqual([]);
  });

  it("over HTTP/2 is answered 408 too", async () => {
    const { url } = await serve({ requestMs: 300 });
    const answer = await http2Request(http2Session(url), { ":method": "POST", ":path": "/v1/echo" }, (write) => write("x"));
    expect(answer).toMatchObject({ status: 408, body: expect.stringContaining("REQUEST_TIMEOUT") as string });
  });
});

describe("a body", () => {
  it("that is declared too large is refused before it is sent", async () => {
    const { port } = await serve();
    const client = await openRawClient(port.address.port);
    client.socket.write("POST /v1/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 104857600\r\nexpect: 100-continue\r\n\r\n");
    const answer = await client.received("PAYLOAD_TOO_LARGE");
    client.socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("of 100 MB that does not say its length is cut off at the limit, and the client sees the answer", async () => {
    const { url, seen } = await serve();
    const chunk = new Uint8Array(1024 * 1024);
    let left = 100;
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()) });
    const response = await fetch(`${url}/v1/echo`, { method: "POST", body, duplex: "half" });
    expect([response.status, await errorOf(response)]).toMatchObject([413, { code: "PAYLOAD_TOO_LARGE" }]);
    expect(seen).toEqual([]);
  });

  it("in gzip is unpacked, within the same limit", async () => {
    const { url, seen } = await serve();
    const headers = { "content-encoding": "gzip" };
    expect((await fetch(`${url}/v1/echo`, { method: "POST", headers, body: gzipSync("hello") })).status).toBe(200);
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe("hello");
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    expect((await fetch(`${url}/v1/echo`, { method: "POST", headers, body: bomb })).status).toBe(413);
  });

  it("in broken gzip, or in an encoding that is not known, is refused", async () => {
    const { url } = await serve();
    const post = (encoding: string): Promise<Response> =>
      fetch(`${url}/v1/echo`, { method: "POST", headers: { "content-encoding": encoding }, body: "not gzip" });
    expect((await post("gzip")).status).toBe(400);
    expect((await post("br")).status).toBe(415);
  });
});

describe("routing", () => {
  it("answers 404 and 405 with what to do", async () => {
    const { url } = await serve();
    expect(await errorOf(await fetch(`${url}/nothing`))).toEqual({ code: "UNKNOWN_ENDPOINT", message: "there is nothing at /nothing" });
    const wrongMethod = await fetch(`${url}/v1/echo`);
    expect([wrongMethod.status, await errorOf(wrongMethod)]).toEqual([405, { code: "METHOD_NOT_ALLOWED", message: "use POST" }]);
    expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
  });

  it("answers 500 without details when an endpoint fails", async () => {
    const { url } = await serve({ handle: () => Promise.reject(new Error("secret detail")) });
    const response = await fetch(`${url}/v1/echo`, { method: "POST", body: "x" });
    expect([response.status, JSON.stringify(await response.json())]).toEqual([500, expect.not.stringContaining("secret detail")]);
  });

  it("tells an endpoint when its client has gone", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { url } = await serve({
      handle: (request) =>
        new Promise((answered) => {
          request.signal.addEventListener("abort", () => {
            resolve(true);
            answered({ status: 200, headers: {}, body: "" });
          });
        }),
    });
    const abort = new AbortController();
    const call = fetch(`${url}/v1/echo`, { method: "POST", body: "x", signal: abort.signal }).catch(() => undefined);
    setTimeout(() => abort.abort(), 50);
    expect(await promise).toBe(true);
    await call;
  });
});

describe("access over the wire", () => {
  it("demands the token everywhere but for probes", async () => {
    const { url } = await serve({ rules: { ...open, tokens: ["correct-horse-battery"] } });
    const refused = await fetch(`${url}/v1/echo`, { method: "POST", body: "x" });
    expect([refused.status, refused.headers.get("www-authenticate"), await errorOf(refused)]).toEqual([
      401,
      "Bearer",
      { code: "UNAUTHENTICATED", message: "send a token: Authorization: Bearer <token>" },
    ]);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const headers = { authorization: "Bearer correct-horse-battery" };
    expect((await fetch(`${url}/v1/echo`, { method: "POST", headers, body: "x" })).status).toBe(200);
  });

  it("takes a token in the path and gives the endpoint the URL without it", async () => {
    const { url, seen } = await serve({ rules: { ...open, pathTokens: ["0123456789abcdef"] } });
    expect((await fetch(`${url}/t/0123456789abcdef/v1/echo?node=a`, { method: "POST", body: "x" })).status).toBe(200);
    expect(seen[0]?.url).toBe("/v1/echo?node=a");
    expect((await fetch(`${url}/t/0123456789abcdeX/v1/echo`, { method: "POST", body: "x" })).status).toBe(401);
    expect((await fetch(`${url}/v1/echo`, { method: "POST", body: "x" })).status).toBe(401);
  });
});

describe("closing", () => {
  it("lets a request finish, then cuts connections that last longer than the grace", async () => {
    const { promise: release, resolve } = Promise.withResolvers<undefined>();
    const { port, url } = await serve({ handle: async () => (await release, { status: 200, headers: {}, body: "done" }) });
    const idle = await openRawClient(port.address.port);
    const call = fetch(`${url}/v1/echo`, { method: "POST", body: "x" });
    await new Promise((wait) => setTimeout(wait, 50));
    const closed = port.close(2_000);
    resolve(undefined);
    expect(await (await call).text()).toBe("done");
    await closed;
    await idle.closed;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
