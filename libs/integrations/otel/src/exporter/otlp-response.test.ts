import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "vitest";
import { encodeResponse } from "../../test/otlp-reference.ts";
import { excerptOf, grpcExcerptOf, partialSuccessOf } from "./otlp-response.ts";

const PROTOBUF = "application/x-protobuf";
const NOTHING = { rejectedSpans: 0, message: "" };

describe("partialSuccessOf", () => {
  it("reads what OpenTelemetry's own encoder writes", () => {
    expect(partialSuccessOf(PROTOBUF, encodeResponse(3, "too old"))).toEqual({ rejectedSpans: 3, message: "too old" });
    expect(partialSuccessOf(PROTOBUF, encodeResponse(0, "be careful"))).toEqual({ rejectedSpans: 0, message: "be careful" });
  });

  it("skips fields that it does not know", () => {
    const partial = new BinaryWriter()
      .uint32(9 << 3)
      .uint32(5)
      .uint32(1 << 3)
      .int64(2n)
      .finish();
    const response = new BinaryWriter()
      .uint32((8 << 3) | 2)
      .string("x")
      .uint32((1 << 3) | 2)
      .bytes(partial)
      .finish();
    expect(partialSuccessOf(PROTOBUF, response)).toEqual({ rejectedSpans: 2, message: "" });
  });

  it.each([
    ["nothing", new Uint8Array(0)],
    ["a broken message", Uint8Array.of(10, 200, 1)],
    ["a broken varint", Uint8Array.of(255, 255)],
    ["text", Buffer.from("OK")],
  ])("takes %s for nothing rejected, since a 2xx took the request", (_name, body) => {
    expect(partialSuccessOf(PROTOBUF, body)).toEqual(NOTHING);
  });

  it.each([
    ['{"partialSuccess":{"rejectedSpans":"4","errorMessage":"m"}}', { rejectedSpans: 4, message: "m" }],
    ['{"partialSuccess":{"rejectedSpans":4}}', { rejectedSpans: 4, message: "" }],
    ['{"partialSuccess":{"rejectedSpans":"many","errorMessage":7}}', NOTHING],
    ['{"partialSuccess":null}', NOTHING],
    ["{}", NOTHING],
    ["[]", NOTHING],
    ["{", NOTHING],
  ])("reads the JSON %s", (body, expected) => {
    expect(partialSuccessOf("application/json", Buffer.from(body))).toEqual(expected);
  });
});

describe("excerptOf", () => {
  it("reads the message of a google.rpc.Status", () => {
    const status = new BinaryWriter()
      .uint32(1 << 3)
      .int32(3)
      .uint32((2 << 3) | 2)
      .string("bad span")
      .finish();
    expect(excerptOf(PROTOBUF, status, [])).toBe("bad span");
  });

  it("shows what calls itself protobuf and is not as text", () => {
    expect(excerptOf(PROTOBUF, Buffer.from("plain words"), [])).toBe("plain words");
  });

  it("is printable, on one line and at most 200 characters long", () => {
    expect(excerptOf("text/plain", Buffer.from("a\r\n\u0000\u001b[31m b\u2028c"), [])).toBe("a [31m b c");
    expect(excerptOf("text/plain", Buffer.from("x".repeat(1000)), [])).toBe("x".repeat(200));
  });

  it("hides what the receiver echoes of our secrets", () => {
    expect(excerptOf("text/plain", Buffer.from("no token t0ken-1, sorry: t0ken-1"), ["t0ken-1"])).toBe("no token ***, sorry: ***");
  });
});

describe("grpcExcerptOf", () => {
  it.each([
    ["upstream connect error", "upstream connect error"],
    ["t%C3%BCr%20zu%0Anow", "t\u00fcr zu now"],
    ["100% sure", "100% sure"],
    ["bad t0ken-1", "bad ***"],
    [undefined, ""],
  ])("reads %j as %j", (header, expected) => {
    expect(grpcExcerptOf(header, ["t0ken-1"])).toBe(expected);
  });
});
