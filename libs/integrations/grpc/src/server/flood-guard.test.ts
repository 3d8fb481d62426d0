import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startApiServer } from "../testdata/api-server.ts";
import { countFields } from "./flood-guard.ts";

const path = "/tapio.ingest.v1.IngestService/Publish";
/** `count` empty records. */
const flood = (count: number): Buffer<ArrayBuffer> => Buffer.from("0a00".repeat(count), "hex");
const envelope = (message: Uint8Array, flags = 0): Uint8Array<ArrayBuffer> => {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(message.byteLength, 1);
  return new Uint8Array(Buffer.concat([head, message]));
};

describe("countFields", () => {
  it.each([
    ["", 0],
    ["0a00", 1],
    ["0a03010203", 1],
    ["0a00" + "0a00", 2],
    ["0a8101" + "00".repeat(129) + "0a00", 2],
    ["10ff01" + "0a00", 2],
    ["11" + "00".repeat(8) + "15" + "00".repeat(4) + "0a00", 3],
    ["13" + "0a00" + "14", 3],
    ["0b00" + "0800", 2],
    ["0a7f01", 1],
    ["ffffffffff", 1],
  ])("of %s says %i", (hex, expected) => {
    expect(countFields(Buffer.from(hex, "hex"), 100)).toBe(expected);
  });

  it("stops one after the most", () => {
    expect(countFields(flood(1_000), 10)).toBe(11);
  });
});

describe("a flood of tiny records", () => {
  const answers: [string, Record<string, string>, Uint8Array<ArrayBuffer>, string][] = [
    ["Connect", { "content-type": "application/proto" }, new Uint8Array(flood(5_000)), path],
    [
      "Connect with gzip",
      { "content-type": "application/proto", "content-encoding": "gzip" },
      new Uint8Array(gzipSync(flood(5_000))),
      path,
    ],
    ["gRPC-Web", { "content-type": "application/grpc-web+proto" }, envelope(flood(5_000)), path],
    [
      "gRPC-Web with brotli",
      { "content-type": "application/grpc-web+proto", "grpc-encoding": "br" },
      envelope(brotliCompressSync(flood(5_000)), 1),
      path,
    ],
    ["a Connect stream", { "content-type": "application/connect+proto" }, envelope(flood(5_000)), `${path}Stream`],
  ];

  it.each(answers)("over %s is refused with INVALID_ARGUMENT before it is parsed", async (_protocol, headers, body, where) => {
    await using server = await startApiServer({ maxRecordsPerRequest: 1_000 });
    const response = await fetch(server.http1Url + where, { method: "POST", headers, body });
    const text = await response.text();
    expect(decodeURIComponent(text)).toContain("records: there are far too many in one message; send at most 1000 at a time");
    expect(text).toMatch(/invalid_argument|grpc-status: 3/);
    expect(server.sink.calls).toEqual([]);
  });

  it("does not keep out what just has many records", async () => {
    await using server = await startApiServer({ maxRecordsPerRequest: 5_000 });
    const body = new Uint8Array(flood(5_000));
    const response = await fetch(server.http1Url + path, { method: "POST", headers: { "content-type": "application/proto" }, body });
    expect(response.status).toBe(200);
    expect(server.sink.calls.map(({ size }) => size)).toEqual([5_000]);
  });
});

describe("a message that is small only while it is compressed", () => {
  it("is refused with RESOURCE_EXHAUSTED", async () => {
    await using server = await startApiServer({ maxRequestBytes: 100_000 });
    const body = new Uint8Array(gzipSync(Buffer.alloc(10_000_000)));
    const headers = { "content-type": "application/proto", "content-encoding": "gzip" };
    const response = await fetch(server.http1Url + path, { method: "POST", headers, body });
    expect(await response.json()).toMatchObject({ code: "resource_exhausted" });
  });
});
