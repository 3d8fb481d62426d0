import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { RecordResultSchema, RecordStatus, type RecordResult } from "@tapio/contracts/ingest/v1/ingest";
import type { Outcome } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import type { Connection } from "./connection.ts";
import { createForwarder } from "./forwarder.ts";

type Respond = (records: readonly number[], signal: AbortSignal) => RecordResult[] | Promise<RecordResult[]>;

/** A forwarder to a server that a function stands for; records are known by their sizes. */
function forwarderTo(respond: Respond): {
  forward(sizes: number[], signal?: AbortSignal): Promise<string[]>;
  requests: number[][];
  close(): void;
} {
  const requests: number[][] = [];
  const closing = new AbortController();
  const connection: Connection = {
    endpoint: "http://peer",
    async publish(records, signal) {
      const sizes = records.map(({ byteLength }) => byteLength);
      requests.push(sizes);
      return await respond(sizes, signal);
    },
    checkHealth: () => Promise.reject(new Error("not asked")),
    close: () => undefined,
  };
  const forwarder = createForwarder(connection, closing.signal);
  return {
    requests,
    close: () => closing.abort(new DOMException("closed", "AbortError")),
    async forward(sizes, signal = new AbortController().signal) {
      const outcomes = await forwarder.forward(
        sizes.map((size) => ({ bytes: new Uint8Array(size) })),
        signal,
      );
      return outcomes.map(asText);
    },
  };
}

function asText(outcome: Outcome): string {
  if (outcome.kind !== "failed") return outcome.kind;
  const { code, message, retryAfterMs } = outcome.error;
  return `${code}: ${message}${retryAfterMs === undefined ? "" : ` (${retryAfterMs} ms)`}`;
}

const result = (status: RecordStatus, field = "", reason = ""): RecordResult => create(RecordResultSchema, { status, field, reason });
const acceptAll: Respond = (records) => records.map(() => result(RecordStatus.ACCEPTED));
const refusing =
  (bad: (size: number) => boolean, code: Code, message = "no"): Respond =>
  (records, signal) => {
    if (records.some(bad)) throw new ConnectError(message, code);
    return acceptAll(records, signal);
  };

describe("a forwarder", () => {
  it("says per record what the server said", async () => {
    const { forward } = forwarderTo(() => [
      result(RecordStatus.ACCEPTED),
      result(RecordStatus.DUPLICATE),
      result(RecordStatus.REJECTED, "event.type", "must not be empty"),
      result(RecordStatus.REJECTED, "", "is no record"),
      result(7 as RecordStatus),
    ]);
    expect(await forward([1, 2, 3, 4, 5])).toEqual([
      "delivered",
      "delivered",
      "record_invalid: event.type: must not be empty",
      "record_invalid: record: is no record",
      "internal: the server answered with the unknown status 7",
    ]);
  });

  it("finds the record for which a whole request is refused", async () => {
    const peer = forwarderTo(refusing((size) => size === 3, Code.InvalidArgument));
    expect(await peer.forward([1, 2, 3, 4, 5])).toEqual([
      "delivered",
      "delivered",
      "record_invalid: http://peer answered InvalidArgument: no",
      "delivered",
      "delivered",
    ]);
    expect(peer.requests).toEqual([[1, 2, 3, 4, 5], [1, 2, 3], [1, 2], [3], [4, 5]]);
  });

  it("sends less at once when a request is larger than the server takes, and goes on after a record that is too large by itself", async () => {
    const peer = forwarderTo((records, signal) => {
      if (records.reduce((sum, size) => sum + size, 0) > 200_000) throw new ConnectError("too large", Code.ResourceExhausted);
      return acceptAll(records, signal);
    });
    expect(await peer.forward([100_000, 100_000, 300_000, 1])).toEqual([
      "delivered",
      "delivered",
      "throttled: http://peer answered ResourceExhausted: too large",
      "delivered",
    ]);
  });

  it("does not send more often to a server that throttles", async () => {
    const hinted = forwarderTo(() => {
      throw new ConnectError("slow down", Code.ResourceExhausted, { "retry-after-ms": "250" });
    });
    expect(await hinted.forward([100_000, 2])).toEqual(
      Array(2).fill("throttled: http://peer answered ResourceExhausted: slow down (250 ms)"),
    );
    expect(hinted.requests).toHaveLength(1);
    const unhinted = forwarderTo(refusing(() => true, Code.ResourceExhausted));
    expect(await unhinted.forward(Array<number>(900).fill(100))).toHaveLength(900);
    expect(unhinted.requests.map(({ length }) => length)).toEqual([900, 450]);
  });

  it("does not try the rest of a batch on a server that is down", async () => {
    const peer = forwarderTo(refusing(() => true, Code.Unavailable));
    const outcomes = await peer.forward(Array<number>(2_500).fill(1));
    expect(outcomes).toEqual(Array(2_500).fill("unavailable: http://peer answered Unavailable: no"));
    expect(peer.requests.map(({ length }) => length)).toEqual([1_000]);
  });

  it("keeps what was delivered of a batch when the server goes away in the middle", async () => {
    let calls = 0;
    const peer = forwarderTo((records, signal) => {
      calls += 1;
      if (calls === 2) throw new ConnectError("gone", Code.Unavailable);
      return acceptAll(records, signal);
    });
    const outcomes = await peer.forward(Array<number>(2_001).fill(1));
    expect(outcomes.map((text) => text.split(":")[0])).toEqual([
      ...Array<string>(1_000).fill("delivered"),
      ...Array<string>(1_001).fill("unavailable"),
    ]);
  });

  it("takes an answer with the wrong number of results for a fault of the server", async () => {
    const peer = forwarderTo(() => []);
    expect(await peer.forward([1, 2])).toEqual(Array(2).fill("unavailable: http://peer answered Internal: 0 results for 2 records"));
  });

  it("takes what is no error of the protocol for a fault of the connection", async () => {
    const peer = forwarderTo(() => {
      throw new Error("odd");
    });
    expect(await peer.forward([1])).toEqual(["unavailable: http://peer answered Unknown: odd"]);
  });

  it.each([
    [new DOMException("stop", "AbortError"), "canceled: the call was canceled"],
    [new DOMException("late", "TimeoutError"), "timeout: the attempt's time ran out"],
    ["a text", "canceled: the call was canceled"],
  ])("knows that it was ended by its signal, %s", async (reason, expected) => {
    const controller = new AbortController();
    const peer = forwarderTo(() => {
      controller.abort(reason);
      throw new ConnectError("This operation was aborted", Code.Canceled);
    });
    expect(await peer.forward([1], controller.signal)).toEqual([expected]);
  });

  it("ends as canceled when it is closed", async () => {
    const peer = forwarderTo(() => {
      peer.close();
      throw new ConnectError("connection aborted", Code.Canceled);
    });
    expect(await peer.forward([1])).toEqual(["canceled: the call was canceled"]);
  });
});
