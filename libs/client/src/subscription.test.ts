import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { SubscribeRequest } from "@tapio/contracts/subscribe/v1/subscribe";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { within } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createTapioClient } from "./create-tapio-client.ts";
import { createTapioNodeClient } from "./create-tapio-node-client.ts";
import type { ReconnectEvent } from "./reconnect.ts";
import { toPosition } from "./subscription.ts";
import { TapioClientError } from "./tapio-client-error.ts";
import type { SubscribeOptions, SubscriptionItem, TapioClient } from "./tapio-client.ts";
import { positionText, startTestServer, type TestServer, type TestStep } from "./testdata/test-server.ts";

const fast = { initialDelayMs: 1, maxDelayMs: 5 };

function clientOf(kind: "grpc" | "fetch", server: TestServer): TapioClient {
  return kind === "fetch" ? createTapioClient({ baseUrl: server.http1Url }) : createTapioNodeClient({ baseUrl: server.http2Url });
}

function asText(item: SubscriptionItem): string {
  if (item.kind === "record") return `${item.record.kind.case === "event" ? item.record.kind.value.id : "?"}#${item.sequence}`;
  return `@${item.sequence}${item.lost === undefined ? "" : ` lost ${item.lost.fromSequence}-${item.lost.toSequence}`}`;
}

/** The first items as text; then leaves. */
async function take(client: TapioClient, count: number, options: SubscribeOptions): Promise<string[]> {
  const texts: string[] = [];
  await within(
    (async () => {
      for await (const item of client.subscribe(options)) {
        texts.push(asText(item));
        if (texts.length === count) return;
      }
    })(),
    "the subscription",
  );
  return texts;
}

async function untilAborted(context: HandlerContext): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const stop = (): void => reject(new Error("the client left"));
    if (context.signal.aborted) stop();
    context.signal.addEventListener("abort", stop);
  });
}

describe.each(["grpc", "fetch"] as const)("subscribe over %s", (kind) => {
  it("gives records and progress, and lets go of the stream when the reader leaves", async () => {
    const left = Promise.withResolvers<void>();
    const requests: SubscribeRequest[] = [];
    async function* subscribe(request: SubscribeRequest, context: HandlerContext): AsyncGenerator<TestStep> {
      requests.push(request);
      context.signal.addEventListener("abort", () => left.resolve());
      yield { progress: 3, lost: [2, 3] };
      yield { record: ["a", 4] };
      await untilAborted(context);
    }
    await using server = await startTestServer({ subscribe });
    const options: SubscribeOptions = { start: { afterSequence: 1 }, filter: { minSeverity: Severity.ERROR }, progressIntervalMs: 2_000 };
    expect(await take(clientOf(kind, server), 2, options)).toEqual(["@3 lost 2-3", "a#4"]);
    await within(left.promise, "the end of the stream");
    expect(
      requests.map(({ start, filter, progressInterval }) => [positionText(start), filter?.minSeverity, progressInterval?.seconds]),
    ).toEqual([["after 1", 4, 2n]]);
  });

  it("goes on after the last item when the connection breaks, without a gap and without a repetition", async () => {
    const starts: string[] = [];
    async function* subscribe(request: SubscribeRequest, context: HandlerContext): AsyncGenerator<TestStep> {
      starts.push(positionText(request.start));
      const after = request.start?.at.case === "afterSequence" ? Number(request.start.at.value) : 0;
      yield { progress: after };
      if (starts.length === 2) throw new ConnectError("the server is stopping", Code.Unavailable);
      yield { record: [`r${after + 1}`, after + 1] };
      yield { record: [`r${after + 2}`, after + 2] };
      if (starts.length === 1) setTimeout(() => server.dropConnections(), 20);
      await untilAborted(context);
    }
    await using server = await startTestServer({ subscribe });
    const events: ReconnectEvent[] = [];
    const items = await take(clientOf(kind, server), 7, { reconnect: fast, onReconnect: (event) => events.push(event) });
    expect(items).toEqual(["@0", "r1#1", "r2#2", "@2", "@2", "r3#3", "r4#4"]);
    expect(starts).toEqual(["head", "after 2", "after 2"]);
    expect(events.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(events[1]?.error.message).toBe("the server is stopping");
  });

  it("comes back when the server ends the stream without an error", async () => {
    let calls = 0;
    async function* subscribe(): AsyncGenerator<TestStep> {
      calls += 1;
      yield { record: ["a", calls] };
    }
    await using server = await startTestServer({ subscribe });
    expect(await take(clientOf(kind, server), 3, { start: "beginning", reconnect: fast })).toEqual(["a#1", "a#2", "a#3"]);
  });

  it("ends without an error when its signal aborts", async () => {
    async function* subscribe(_request: SubscribeRequest, context: HandlerContext): AsyncGenerator<TestStep> {
      yield { progress: 0 };
      await untilAborted(context);
    }
    await using server = await startTestServer({ subscribe });
    const controller = new AbortController();
    const items: string[] = [];
    await within(
      (async () => {
        for await (const item of clientOf(kind, server).subscribe({ signal: controller.signal })) {
          items.push(asText(item));
          setTimeout(() => controller.abort(), 10);
        }
      })(),
      "the subscription",
    );
    expect(items).toEqual(["@0"]);
  });

  it("fails at once on an answer that would not change", async () => {
    let calls = 0;
    async function* subscribe(): AsyncGenerator<TestStep> {
      calls += 1;
      throw new ConnectError("filter.expression: is wrong", Code.InvalidArgument);
    }
    await using server = await startTestServer({ subscribe });
    const error: unknown = await take(clientOf(kind, server), 1, { reconnect: fast }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TapioClientError);
    expect(error).toMatchObject({ code: "invalid_argument", message: "filter.expression: is wrong" });
    expect(calls).toBe(1);
  });

  it("does not come back when it was told not to", async () => {
    async function* subscribe(): AsyncGenerator<TestStep> {
      yield { progress: 0 };
    }
    await using server = await startTestServer({ subscribe });
    await expect(take(clientOf(kind, server), 2, { reconnect: false })).rejects.toMatchObject({
      code: "unavailable",
      message: "the server ended the stream",
    });
  });

  it("takes a server that falls silent for gone", async () => {
    let calls = 0;
    async function* subscribe(_request: SubscribeRequest, context: HandlerContext): AsyncGenerator<TestStep> {
      calls += 1;
      yield { progress: calls };
      await untilAborted(context);
    }
    await using server = await startTestServer({ subscribe });
    const events: ReconnectEvent[] = [];
    expect(
      await take(clientOf(kind, server), 2, { progressIntervalMs: 30, reconnect: fast, onReconnect: (event) => events.push(event) }),
    ).toEqual(["@1", "@2"]);
    expect(events.map(({ error }) => [error.code, error.message])).toEqual([["unavailable", "the connection fell silent"]]);
  });
});

describe("subscribe", () => {
  it("does not take its own reader's slowness for the server's silence", async () => {
    async function* subscribe(_request: SubscribeRequest, context: HandlerContext): AsyncGenerator<TestStep> {
      yield { record: ["a", 1] };
      yield { record: ["b", 2] };
      await untilAborted(context);
    }
    await using server = await startTestServer({ subscribe });
    const items: string[] = [];
    // Silence is three intervals: more than a busy machine takes to connect, and less than the reader takes for the first record.
    for await (const item of clientOf("grpc", server).subscribe({ progressIntervalMs: 500, reconnect: false })) {
      items.push(asText(item));
      if (items.length === 2) break;
      await new Promise((resolve) => setTimeout(resolve, 1700));
    }
    expect(items).toEqual(["a#1", "b#2"]);
  });

  it("gives up after as many failures as it was told", async () => {
    const client = createTapioNodeClient({ baseUrl: "http://127.0.0.1:1" });
    const events: ReconnectEvent[] = [];
    const options = { reconnect: { ...fast, maxAttempts: 3 }, onReconnect: (event: ReconnectEvent) => events.push(event) };
    await expect(take(client, 1, options)).rejects.toMatchObject({ code: "unavailable" });
    expect(events.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it("can be told to stop while it waits to come back, and before it begins", async () => {
    const controller = new AbortController();
    const client = createTapioNodeClient({ baseUrl: "http://127.0.0.1:1" });
    const options = {
      reconnect: { initialDelayMs: 60_000, maxDelayMs: 60_000 },
      signal: controller.signal,
      onReconnect: () => controller.abort(),
    };
    expect(await take(client, 1, options)).toEqual([]);
    expect(await take(client, 1, options)).toEqual([]);
  });
});

describe("toPosition", () => {
  it.each([
    ["head", "head", {}],
    ["beginning", "beginning", {}],
    [{ afterSequence: 7 }, "afterSequence", 7n],
  ] as const)("says %j", (start, kind, value) => {
    expect(toPosition(start)).toEqual({ at: { case: kind, value } });
  });

  it("says a time", () => {
    expect(toPosition({ timeMs: 1_500 })).toMatchObject({ at: { case: "time", value: { seconds: 1n, nanos: 500_000_000 } } });
  });
});
