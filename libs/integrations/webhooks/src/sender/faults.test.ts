import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { sampleViews } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { openIntegration, summary } from "../testdata/open-integration.ts";
import { startHttpServer, startTcpServer } from "../testdata/test-server.ts";

const ANSWER_500 = "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";
const shortTimeout = { seconds: 0n, nanos: 300_000_000 };

describe("a receiver that misbehaves", () => {
  it("and answers one byte at a time runs into the timeout, however often a byte comes", async () => {
    await using server = await startHttpServer((request, response) => {
      request.resume();
      response.writeHead(200, { "content-length": "1000" });
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, timeout: shortTimeout });
    expect(summary(await sender.deliver())).toBe("timeout: no whole answer within 300 ms");
    await server.untilNoConnection();
  });

  it("and writes its headers one byte at a time runs into the timeout", async () => {
    await using server = await startTcpServer((socket) => {
      const bytes = Array.from(`HTTP/1.1 200 OK\r\nx-slow: ${"x".repeat(1000)}`);
      const drip = setInterval(() => socket.write(bytes.shift() ?? "x"), 20);
      socket.on("close", () => clearInterval(drip));
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, timeout: shortTimeout });
    expect(summary(await sender.deliver())).toBe("timeout: no whole answer within 300 ms");
  });

  it("and takes the connection but never answers runs into the timeout, and has it closed", async () => {
    await using server = await startTcpServer((socket) => socket.resume());
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, timeout: shortTimeout });
    expect(summary(await sender.deliver())).toBe("timeout: no whole answer within 300 ms");
    await server.untilNoConnection();
  });

  it("and never ends the TLS handshake runs into the timeout", async () => {
    await using server = await startTcpServer((socket) => socket.resume());
    await using sender = await openIntegration({ url: `https://127.0.0.1:${server.port}/`, timeout: shortTimeout });
    expect(summary(await sender.deliver())).toMatch(/^timeout: /);
  });

  it("and answers 200 with a body without end is done with after 16 KiB, and has the connection closed", async () => {
    await using server = await startHttpServer((request, response) => {
      request.resume();
      const flood = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, "x")));
      };
      response.on("drain", flood);
      flood();
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/` });
    expect(summary(await sender.deliver())).toBe("delivered");
    await server.untilNoConnection();
    expect(summary(await sender.deliver())).toBe("delivered");
  });

  it("and explains a refusal at length has the beginning of it kept, on one line", async () => {
    await using server = await startHttpServer((request, response) => {
      request.resume();
      response.writeHead(422).end(`no\r\n\u0007way ${"x".repeat(1_000_000)}`);
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/` });
    expect(summary(await sender.deliver())).toBe(
      `record_invalid: the receiver answered 422: the receiver refuses this record; it said: no way ${"x".repeat(249)}...`,
    );
  });

  it("and echoes the configured headers does not get them into the error", async () => {
    await using server = await startHttpServer((request, response) => {
      request.resume();
      response.writeHead(500).end(`${"x".repeat(240)} ${request.headers.authorization ?? ""}`);
    });
    const headers = { authorization: "Bearer hunter2hunter2" };
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, headers });
    const outcome = summary(await sender.deliver());
    expect(outcome).toBe(`unavailable: the receiver answered 500; it said: ${"x".repeat(240)} ***`);
  });

  it("and echoes the query of the url does not get it into the error", async () => {
    await using server = await startHttpServer((request, response) => {
      request.resume();
      response.writeHead(404).end(`Cannot POST ${request.url ?? ""}`);
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/a?token=hunter2` });
    expect(summary(await sender.deliver())).toBe(
      "unavailable: the receiver answered 404: check the path of url; it said: Cannot POST /a?***",
    );
  });

  it("and answers 400 to everything makes no dead letters, since it may be the secret that is wrong", async () => {
    let status = 400;
    await using server = await startHttpServer((request, response) => {
      request.resume();
      response.writeHead(status).end();
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/` });
    expect(summary(await sender.deliver())).toMatch(
      /^unavailable: the receiver answered 400 without taking other records: check url and secret/,
    );
    status = 200;
    expect(summary(await sender.deliver())).toBe("delivered");
    status = 400;
    expect(summary(await sender.deliver())).toBe("record_invalid: the receiver answered 400: the receiver refuses this record");
  });

  it("and breaks off in the middle of a 200 is not believed", async () => {
    await using server = await startTcpServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
        setTimeout(() => socket.destroy(), 20);
      });
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/` });
    expect(summary(await sender.deliver())).toMatch(/^unavailable: /);
  });

  it("and breaks off in the middle of a 410 has still said it", async () => {
    await using server = await startTcpServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 410 Gone\r\ncontent-length: 100\r\n\r\nhalf");
        setTimeout(() => socket.destroy(), 20);
      });
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/` });
    expect(summary(await sender.deliver())).toBe("gone: the receiver answered 410: the receiver wants no more webhooks; it said: half");
  });

  it.each([
    ["resets the connection", (socket: { resetAndDestroy(): unknown }) => socket.resetAndDestroy()],
    ["closes it", (socket: { end(): unknown }) => socket.end()],
    ["speaks no HTTP", (socket: { end(text: string): unknown }) => socket.end("SSH-2.0-OpenSSH\r\n")],
  ])("and %s is unavailable", async (_, misbehave) => {
    await using server = await startTcpServer((socket) => {
      socket.once("data", () => misbehave(socket));
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/` });
    expect(summary(await sender.deliver())).toMatch(/^unavailable: ./);
  });

  it("and is not there is unavailable", async () => {
    const server = await startTcpServer(() => undefined);
    await server[Symbol.asyncDispose]();
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/` });
    expect(summary(await sender.deliver())).toMatch(/^unavailable: .*ECONNREFUSED/);
  });

  it("and redirects is not followed, and the error says where to", async () => {
    const paths: unknown[] = [];
    await using server = await startHttpServer((request, response) => {
      paths.push(request.url);
      request.resume();
      response.writeHead(307, { location: "/elsewhere?token=hunter2" }).end();
    });
    const origin = `http://127.0.0.1:${server.port}`;
    await using sender = await openIntegration({ url: `${origin}/hook` });
    expect(summary(await sender.deliver())).toBe(
      `unavailable: the receiver answered 307, a redirect to ${origin}/elsewhere: redirects are not followed; set url to where the receiver is`,
    );
    expect(paths).toEqual(["/hook"]);
  });

  it.each([
    ["7", 7000],
    ["Wed, 04 Mar 2026 05:06:37 GMT", 30_000],
    ["whenever", undefined],
  ])("and asks by Retry-After: %s for patience is understood", async (value, expected) => {
    await using server = await startHttpServer((request, response) => {
      request.resume();
      response.writeHead(503, { "retry-after": value }).end();
    });
    const now = () => Date.parse("2026-03-04T05:06:07Z");
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/` }, { now });
    const outcome = await sender.deliver();
    expect(outcome.kind === "failed" ? outcome.error.retryAfterMs : "none").toBe(expected);
  });
});

describe("what is waiting for a place", () => {
  it("never makes more requests at the same time than configured, and keeps their order", async () => {
    const arrived: string[] = [];
    let running = 0;
    let most = 0;
    // No place is given back before the first three are taken, however slow the machine is.
    const full = Promise.withResolvers<void>();
    await using server = await startHttpServer((request, response) => {
      arrived.push(String(request.headers["webhook-id"]));
      running += 1;
      most = Math.max(most, running);
      if (running === 3) full.resolve();
      request.resume();
      void full.promise.then(() => {
        setTimeout(() => {
          running -= 1;
          response.end();
        }, 2);
      });
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, concurrency: 3 });
    const views = sampleViews(30);
    const deliveries = views.map(({ header }) => ({ deliveryId: header.id, attempt: 1 }));
    const outcomes = await sender.integration.processBatch?.(views, { signal: new AbortController().signal, deliveries });
    expect(outcomes?.map(summary)).toEqual(views.map(() => "delivered"));
    expect(most).toBe(3);
    expect(server.connectionCount()).toBe(3);
    expect(new Set(arrived)).toEqual(new Set(views.map(({ header }) => header.id)));
    expect(arrived.slice(0, 3).sort()).toEqual(["record-1", "record-2", "record-3"]);
  });

  it.each([
    ["refuses connections", undefined],
    ["resets each connection", (socket: Socket) => socket.on("data", () => socket.resetAndDestroy())],
    ["closes each connection at once", (socket: Socket) => socket.destroy()],
    ["answers nonsense", (socket: Socket) => socket.end("SSH-2.0-OpenSSH\r\n")],
    ["answers twice", (socket: Socket) => socket.on("data", () => socket.write(ANSWER_500 + ANSWER_500))],
  ])("fails one after the other where the receiver %s, and nothing else does", async (_, misbehave) => {
    await using server = await startTcpServer(misbehave ?? (() => undefined));
    if (misbehave === undefined) await server[Symbol.asyncDispose]();
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, concurrency: 2 });
    const views = sampleViews(20);
    const deliveries = views.map(({ header }) => ({ deliveryId: header.id, attempt: 1 }));
    const outcomes = await sender.integration.processBatch?.(views, { signal: new AbortController().signal, deliveries });
    expect(outcomes).toHaveLength(20);
    for (const outcome of outcomes ?? []) expect(summary(outcome)).toMatch(/^unavailable: ./);
  });

  it("goes on over new connections where the receiver closes each", async () => {
    await using server = await startHttpServer((request, response) => {
      request.resume().on("end", () => response.writeHead(204, { connection: "close" }).end());
    });
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, concurrency: 2 });
    const views = sampleViews(20);
    const deliveries = views.map(({ header }) => ({ deliveryId: header.id, attempt: 1 }));
    const outcomes = await sender.integration.processBatch?.(views, { signal: new AbortController().signal, deliveries });
    expect(outcomes?.map(summary)).toEqual(views.map(() => "delivered"));
    expect(server.connectionCount()).toBe(20);
  });

  it("gets the place of one that was ended while its connection was being opened, once that is over", async () => {
    const silent: Socket[] = [];
    let isSilent = true;
    await using server = await startTcpServer((socket) => {
      // A TLS handshake that is not answered.
      if (isSilent) silent.push(socket.resume());
      else socket.destroy();
    });
    await using sender = await openIntegration({ url: `https://127.0.0.1:${server.port}/`, concurrency: 1 });
    const caller = new AbortController();
    const first = sender.deliver(caller.signal);
    while (silent.length === 0) await sleep(5);
    caller.abort();
    expect(summary(await first)).toBe("canceled: ended while it was being sent");
    const second = sender.deliver();
    isSilent = false;
    for (const socket of silent) socket.destroy();
    expect(summary(await second)).toMatch(/^unavailable: /);
    expect(server.connectionCount()).toBe(2);
  });

  it("is canceled at the batch's deadline, since it was never sent, while what was sent is a timeout", async () => {
    await using server = await startHttpServer((request) => request.resume());
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, concurrency: 2 });
    const views = sampleViews(4);
    const deliveries = views.map(({ header }) => ({ deliveryId: header.id, attempt: 1 }));
    const deadline = new AbortController();
    const outcomes = sender.integration.processBatch?.(views, { signal: deadline.signal, deliveries });
    while (server.connectionCount() < 2) await sleep(5);
    deadline.abort(new DOMException("the batch's time is over", "TimeoutError"));
    expect((await outcomes)?.map(summary)).toEqual([
      "timeout: the batch's time is over",
      "timeout: the batch's time is over",
      "canceled: ended before it was sent",
      "canceled: ended before it was sent",
    ]);
  });

  it("leaves no timer behind once it was delivered, so that a process can end", async () => {
    await using server = await startHttpServer((request, response) => request.resume().on("end", () => response.end()));
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, concurrency: 4 });
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    await Promise.all(Array.from({ length: 50 }, () => sender.deliver()));
    expect(timers() - before).toBeLessThan(10);
  });

  it("does not count against the attempt's own timeout", async () => {
    await using server = await startHttpServer((request, response) => {
      request.resume();
      setTimeout(() => response.end(), 120);
    });
    const timeout = { seconds: 0n, nanos: 400_000_000 };
    await using sender = await openIntegration({ url: `http://127.0.0.1:${server.port}/`, concurrency: 1, timeout });
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => sender.deliver()));
    expect(outcomes.map(summary)).toEqual(outcomes.map(() => "delivered"));
  });
});
