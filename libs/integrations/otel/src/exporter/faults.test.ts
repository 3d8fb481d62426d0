import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { RecordView } from "@tapio/domain";
import { createFakeClock, createRecordingMeter, recordingLogger, sampleViews } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { cleanUp, cleanUpWith, deliver, failureOf, open, openAt, recordIds } from "../../test/open-destination.ts";
import { encodeResponse } from "../../test/otlp-reference.ts";

afterEach(cleanUp);

describe("a poisonous record", () => {
  it("is found by halving, and the others are delivered", async () => {
    const { integration, receiver } = await open({
      respond: (request) => (recordIds(request).includes("record-6") ? { status: 400, body: "bad span" } : { status: 200 }),
    });
    const outcomes = await deliver(integration, sampleViews(10));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([
      ...Array<string>(5).fill("delivered"),
      "failed",
      ...Array<string>(4).fill("delivered"),
    ]);
    expect(outcomes[5]).toMatchObject({ error: { code: "record_invalid", message: expect.stringContaining("bad span") as string } });
    expect(receiver.requests.length).toBeLessThan(10);
  });

  it("that cannot be decoded fails alone", async () => {
    const { integration, receiver } = await open();
    const [first, last] = sampleViews(2) as [RecordView, RecordView];
    const broken: RecordView = {
      ...first,
      decodedOnce: () => {
        throw new Error("broken bytes");
      },
    };
    const empty: RecordView = { ...first, decodedOnce: () => ({ ...first.decoded(), kind: { case: undefined } }) };
    const outcomes = await deliver(integration, [first, broken, empty, last]);
    expect(outcomes.map((outcome) => (outcome.kind === "failed" ? outcome.error.code : outcome.kind))).toEqual([
      "delivered",
      "internal",
      "record_invalid",
      "delivered",
    ]);
    expect(receiver.requests.flatMap(recordIds)).toEqual(["record-1", "record-2"]);
    expect((await deliver(integration, [broken])).length).toBe(1);
  });
});

describe("partial success", () => {
  it("is delivered, told and counted once, and not sent again", async () => {
    const meter = createRecordingMeter();
    const logger = recordingLogger();
    const { integration, receiver } = await open({
      respond: () => ({ status: 200, headers: { "content-type": "application/x-protobuf" }, body: encodeResponse(2, "two are too old") }),
      context: { meter, logger },
    });
    const partial = { rejected: 2, message: "two are too old" };
    expect(await deliver(integration, sampleViews(3))).toEqual([0, 1, 2].map(() => ({ kind: "delivered", partial })));
    await deliver(integration, sampleViews(3));
    expect(receiver.requests.length).toBe(2);
    expect(meter.value("tapio_otel_spans_total", { destination: "test", result: "rejected" })).toBe(4);
    expect(meter.value("tapio_otel_spans_total", { destination: "test", result: "accepted" })).toBe(2);
    expect(meter.value("tapio_otel_requests_total", { destination: "test", result: "accepted" })).toBe(2);
    expect(logger.entries.length).toBe(1);
  });

  it("without rejected spans is a warning for the log, and a whole delivery", async () => {
    const logger = recordingLogger();
    const { integration } = await open({
      respond: () => ({
        headers: { "content-type": "application/json; charset=utf-8" },
        body: '{"partialSuccess":{"errorMessage":"slow down"}}',
      }),
      context: { logger },
    });
    expect(await deliver(integration, sampleViews(1))).toEqual([{ kind: "delivered" }]);
    expect(logger.entries).toMatchObject([{ level: "warn", fields: { destination: "test", receiver_message: "slow down" } }]);
  });
});

describe("an unhappy answer", () => {
  it("tells the status, what to do, and the answer's first words, but no secret", async () => {
    const { integration } = await open({
      respond: () => ({ status: 403, body: "token abc-123 is not allowed here" }),
      config: { headers: { Authorization: "Bearer abc-123" } },
    });
    const error = await failureOf(integration);
    expect(error).toMatchObject({
      code: "access_denied",
      message: "HTTP 403: check the credentials in headers or tls; it said: token *** is not allowed here",
    });
  });

  it("of a gRPC server is no success, and tells what it says in its headers", async () => {
    const headers = { "content-type": "application/grpc", "grpc-status": "12", "grpc-message": "unknown%20service" };
    const { integration, receiver } = await open({ respond: () => ({ status: 200, headers }) });
    const error = await failureOf(integration);
    expect(error.code).toBe("unavailable");
    expect(error.message).toBe(
      `HTTP 200 (${receiver.url}/v1/traces): a gRPC server answered; set endpoint to the receiver's OTLP/HTTP port (4318), not OTLP/gRPC's (4317); it said: unknown service`,
    );
  });

  it("for a wrong path names the URL and the fix, and dooms no record", async () => {
    const { integration, receiver } = await open({ respond: () => ({ status: 404 }) });
    const error = await failureOf(integration);
    expect(error.code).toBe("unavailable");
    expect(error.message).toBe(
      `HTTP 404 (${receiver.url}/v1/traces): no OTLP receiver answers at this URL; check endpoint and traces_endpoint`,
    );
    expect(error.operation).toBe(`POST ${receiver.url}/v1/traces`);
  });

  it("that redirects is not followed, and shows the target without its query", async () => {
    const { integration, receiver } = await open({ respond: () => ({ status: 307, headers: { location: "/login?token=secret" } }) });
    const error = await failureOf(integration);
    expect(error.message).toContain(`-> ${receiver.url}/login)`);
    expect(error.message).not.toContain("secret");
    expect(receiver.requests.length).toBe(1);
  });

  it("with Retry-After as a date passes the wait on, by the context's clock", async () => {
    const { integration } = await open({
      respond: () => ({ status: 503, headers: { "retry-after": "Wed, 04 Mar 2026 05:06:37 GMT" } }),
      context: { clock: createFakeClock(Date.UTC(2026, 2, 4, 5, 6, 7)) },
    });
    expect(await failureOf(integration)).toMatchObject({ code: "unavailable", retryAfterMs: 30_000 });
  });

  it("that is a web page with status 200 is no delivery", async () => {
    const { integration } = await open({
      respond: () => ({ headers: { "content-type": "text/html; charset=utf-8" }, body: "<html>Welcome" }),
    });
    expect((await failureOf(integration)).message).toContain("a web page answered, not an OTLP receiver");
  });

  it("without an end is cut off together with its connection", async () => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    const server = createServer((request, response) => {
      request.resume();
      const writeOn = (): void => {
        while (response.write(chunk));
      };
      response.writeHead(503).on("drain", writeOn);
      writeOn();
    }).listen(0, "127.0.0.1");
    const connectionClosed = new Promise((resolve) => server.once("connection", (socket) => socket.once("close", resolve)));
    cleanUpWith(async () => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const integration = await openAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const error = await failureOf(integration);
    expect(error.code).toBe("unavailable");
    expect(error.message.length).toBeLessThan(400);
    await connectionClosed;
  });
});

describe("a broken exchange", () => {
  it("ends at the config's timeout", async () => {
    const { integration, receiver } = await open({ config: { timeout: { nanos: 50_000_000 } } });
    receiver.behave("hang");
    expect(await failureOf(integration)).toMatchObject({
      code: "timeout",
      message: "no answer within the time of one attempt (timeout: 50 ms)",
    });
  });

  it("ends at the timeout also when the answer stalls after its head", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).flushHeaders();
    }).listen(0, "127.0.0.1");
    cleanUpWith(async () => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const integration = await openAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      config: { timeout: { nanos: 100_000_000 } },
    });
    expect((await failureOf(integration)).code).toBe("timeout");
  });

  it("says that nothing listens", async () => {
    const { integration, receiver } = await open();
    await receiver.close();
    const error = await failureOf(integration);
    expect(error.message).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/v1\/traces: nothing listens there; is the receiver running\? \(ECONNREFUSED/,
    );
  });
});
