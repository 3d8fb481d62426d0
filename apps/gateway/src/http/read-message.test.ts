import { PassThrough } from "node:stream";
import type { ServerHttp2Stream } from "node:http2";
import { describe, expect, it } from "vitest";
import { createByteBudget } from "./byte-budget.ts";
import { readMessage } from "./read-message.ts";

const maxBytes = 16 * 1024 * 1024;

function open() {
  const stream = new PassThrough();
  const taken: number[] = [];
  const pool = { take: (bytes: number) => (taken.push(bytes), Buffer.alloc(Math.max(bytes, 1024))), give: () => undefined };
  const share = createByteBudget(64 * 1024 * 1024).open();
  const read = readMessage(stream as unknown as ServerHttp2Stream, { limits: { maxBytes, timeoutMs: 5_000 }, share, pool });
  return { stream, taken, read };
}

function prefix(bytes: number): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes, 1);
  return head;
}

describe("reading a message", () => {
  it("takes no room for what is only claimed", async () => {
    const { stream, taken, read } = open();
    stream.end(Buffer.concat([prefix(maxBytes), Buffer.alloc(100)]));
    expect((await read).message).toBeUndefined();
    expect(taken).toEqual([5]);
  });

  it("puts a large message together from its parts", async () => {
    const { stream, taken, read } = open();
    const message = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 251));
    stream.write(prefix(message.length));
    for (let at = 0; at < message.length; at += 10_000) stream.write(message.subarray(at, at + 10_000));
    stream.end();
    expect((await read).message?.equals(message)).toBe(true);
    expect(taken).toEqual([5, 1_048_576, 2_100_010, 3_000_005]);
  });
});
