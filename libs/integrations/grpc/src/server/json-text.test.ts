import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createJsonTextDecoder } from "./json-text.ts";

describe("createJsonTextDecoder", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it("decodes UTF-8", () => {
    expect(createJsonTextDecoder(1_000).decode(bytes('{"a":"é🔥"}'))).toBe('{"a":"é🔥"}');
  });

  it("refuses broken UTF-8", () => {
    expect(() => createJsonTextDecoder(1_000).decode(new Uint8Array([0x22, 0xff, 0x22]))).toThrow(
      new ConnectError("the request is not valid UTF-8, which JSON must be", Code.InvalidArgument),
    );
  });

  it("refuses more values than one for every 16 bytes of the largest request", () => {
    const decoder = createJsonTextDecoder(160);
    expect(decoder.decode(bytes("[0,0,0,0,0,0,0,0,0]"))).toBe("[0,0,0,0,0,0,0,0,0]");
    expect(() => decoder.decode(bytes("[0,0,0,0,0,0,0,0,0,0]"))).toThrow(
      new ConnectError("the request has more than 10 JSON values; send fewer at a time", Code.ResourceExhausted),
    );
  });
});
