import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { respond } from "./respond.ts";

const large = "x".repeat(64 * 1024 * 1024);
const get = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

const closing: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.useRealTimers();
});

/** Responses to requests on one connection, and the client, which reads nothing before it is told to. */
async function requested(requests: string, count: number): Promise<{ responses: ServerResponse[]; client: Socket }> {
  const responses: ServerResponse[] = [];
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const server = createServer((_request, response) => {
    if (responses.push(response) === count) resolve(undefined);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  closing.push(() => {
    client.destroy();
    server.close();
  });
  client.on("error", () => undefined);
  client.write(requests);
  await promise;
  return { responses, client };
}

describe("an answer over HTTP/1.1", () => {
  it("that the system has taken needs no timer", async () => {
    const { responses, client } = await requested(get, 1);
    for (const response of responses) respond(response, { status: 200, headers: { "x-a": "b" }, body: "ü\n" });
    expect(vi.getTimerCount()).toBe(0);
    const [answer] = (await once(client, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\nx-a: b\r\ncontent-length: 3\r\nDate: [^]*\r\n\r\nü\n$/);
  });

  it("that its client does not read is cut after 30 seconds, and so is one that waits behind it", async () => {
    const { responses } = await requested(get + get, 2);
    for (const [index, response] of responses.entries()) respond(response, { status: 200, headers: {}, body: index === 0 ? large : "x" });
    expect(vi.getTimerCount()).toBe(2);
    vi.advanceTimersByTime(29_999);
    expect(responses.map(({ destroyed }) => destroyed)).toEqual([false, false]);
    vi.advanceTimersByTime(1);
    expect(responses.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  it("that its client reads in time is not cut, and its timer ends", async () => {
    const { responses, client } = await requested(get, 1);
    for (const response of responses) respond(response, { status: 200, headers: {}, body: large });
    client.resume();
    await Promise.all(responses.map((response) => once(response, "close")));
    expect(vi.getTimerCount()).toBe(0);
    expect(responses[0]?.writableFinished).toBe(true);
  });

  it("is not sent twice", async () => {
    const { responses, client } = await requested(get, 1);
    for (const response of responses) for (const body of ["first\n", "second\n"]) respond(response, { status: 200, headers: {}, body });
    const [answer] = (await once(client, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/\r\n\r\nfirst\n$/);
  });
});
