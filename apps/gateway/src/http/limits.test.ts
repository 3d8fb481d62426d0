import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openRawClient } from "../testdata/raw-client.ts";
import { errorOf, http2Request, http2Session, serve } from "../testdata/serve.ts";

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

describe("bodies of all clients together", () => {
  it("are bounded: what goes over is answered 503 with a hint, and room comes back", async () => {
    const { port, url, seen } = await serve({ budgetBytes: 1_000 });
    const holder = await openRawClient(port.address.port);
    holder.socket.write(`POST /v1/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 901\r\n\r\n${"x".repeat(900)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const refused = await fetch(`${url}/v1/echo`, { method: "POST", body: "x".repeat(200) });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    holder.socket.write("x");
    await holder.received("901");
    expect((await fetch(`${url}/v1/echo`, { method: "POST", body: "x".repeat(200) })).status).toBe(200);
    expect(seen).toHaveLength(2);
    holder.socket.destroy();
  });
});

describe("a gateway that is starting", () => {
  it("answers probes, and 503 to all else", async () => {
    const { url } = await serve({ isOpen: false });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const refused = await fetch(`${url}/v1/echo`, { method: "POST", body: "x" });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  });
});
