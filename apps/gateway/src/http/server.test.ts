import { recordingLogger } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { openRawClient } from "../testdata/raw-client.ts";
import { errorOf, http2Request, http2Session, openAccess, serve } from "../testdata/serve.ts";

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

describe("HTTP/2", () => {
  it("has a bound of streams for one connection, and says so", async () => {
    const { url } = await serve();
    const session = http2Session(url);
    const settings = await new Promise<{ maxConcurrentStreams?: number; maxHeaderListSize?: number }>((resolve) =>
      session.once("remoteSettings", resolve),
    );
    expect(settings).toMatchObject({ maxConcurrentStreams: 250, maxHeaderListSize: 16_384 });
  });

  it("that sends its preface and then no word is cut", async () => {
    const { port } = await serve({ requestMs: 300 });
    const client = await openRawClient(port.address.port);
    client.socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    await client.closed;
  });
});

describe("routing", () => {
  it("answers 404 and 405 with what to do", async () => {
    const { url } = await serve();
    expect(await errorOf(await fetch(`${url}/nothing`))).toEqual({ code: "UNKNOWN_ENDPOINT", message: "there is nothing at /nothing" });
    const wrongMethod = await fetch(`${url}/v1/echo`);
    expect([wrongMethod.status, wrongMethod.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await errorOf(wrongMethod)).toEqual({ code: "METHOD_NOT_ALLOWED", message: "use POST" });
    expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
  });

  it("takes a target in absolute form, and refuses HTTP/1.1 without Host", async () => {
    const { port } = await serve();
    const ask = async (head: string): Promise<string> => {
      const client = await openRawClient(port.address.port);
      client.socket.write(`${head}\r\nconnection: close\r\n\r\n`);
      return client.closed;
    };
    expect(await ask("GET http://localhost/healthz HTTP/1.1\r\nhost: localhost")).toMatch(/^HTTP\/1\.1 200/);
    expect(await ask("GET /healthz HTTP/1.1")).toMatch(/^HTTP\/1\.1 400/);
    expect(await ask("GET /healthz HTTP/1.0")).toMatch(/^HTTP\/1\.1 200/);
  });

  it("answers 500 without details when an endpoint fails, and logs no path token", async () => {
    const logger = recordingLogger();
    const rules = { ...openAccess, pathTokens: ["0123456789abcdef"] };
    const { url } = await serve({ rules, logger, handle: () => Promise.reject(new Error("secret detail")) });
    const response = await fetch(`${url}/t/0123456789abcdef/v1/echo`, { method: "POST", body: "x" });
    expect([response.status, JSON.stringify(await response.json())]).toEqual([500, expect.not.stringContaining("secret detail")]);
    expect(logger.entries.map(({ fields }) => fields["path"])).toEqual(["/t/***/v1/echo"]);
  });

  it("keeps the connection of a request that is refused after it has come whole, and answers what was sent behind it", async () => {
    const { port } = await serve();
    const client = await openRawClient(port.address.port);
    const post = (path: string): string => `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc`;
    client.socket.write(`${post("/nothing")}GET /v1/echo HTTP/1.1\r\nhost: localhost\r\n\r\n${post("/v1/echo")}${post("/v1/echo?last")}`);
    const answers = await client.received("3\n");
    client.socket.destroy();
    expect(answers.match(/^HTTP\/1\.1 \d+/gm)?.slice(0, 3)).toEqual(["HTTP/1.1 404", "HTTP/1.1 405", "HTTP/1.1 200"]);
    expect(answers.toLowerCase()).not.toContain("connection: close");
  });

  it("tells an endpoint that asks late that its client has gone", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { port } = await serve({
      handle: async (request) => {
        client.socket.destroy();
        await new Promise((later) => setTimeout(later, 50));
        resolve(request.hangup.signal.aborted);
        return { status: 200, headers: {}, body: "" };
      },
    });
    const client = await openRawClient(port.address.port);
    client.socket.write("POST /v1/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\nx");
    expect(await promise).toBe(true);
  });

  it("tells an endpoint when its client has gone", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { url } = await serve({
      handle: (request) =>
        new Promise((answered) => {
          request.hangup.signal.addEventListener("abort", () => {
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
    const { url } = await serve({ rules: { ...openAccess, tokens: ["correct-horse-battery"] } });
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
    const { url, seen } = await serve({ rules: { ...openAccess, pathTokens: ["0123456789abcdef"] } });
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
    const silent = await openRawClient(port.address.port);
    const call = fetch(`${url}/v1/echo`, { method: "POST", body: "x" });
    await new Promise((wait) => setTimeout(wait, 50));
    const closed = port.close(2_000);
    resolve(undefined);
    expect(await (await call).text()).toBe("done");
    await closed;
    await silent.closed;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
