import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { TapioClientError } from "./tapio-client-error.ts";

describe("TapioClientError.from", () => {
  it("gives back its own kind", () => {
    const error = new TapioClientError("aborted", "x");
    expect(TapioClientError.from(error)).toBe(error);
  });

  it("says a connect error in its terms and keeps it as the cause", () => {
    const cause = new ConnectError("no", Code.PermissionDenied, { "retry-after": "2" });
    const error = TapioClientError.from(cause);
    expect([error.code, error.message, error.retryAfterMs, error.cause]).toEqual(["permission_denied", "no", 2_000, cause]);
  });

  it("has a message when the server gave none, and no hint when there is no number", () => {
    const error = TapioClientError.from(new ConnectError("", Code.NotFound, { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }));
    expect([error.message, error.retryAfterMs]).toEqual(["not_found", undefined]);
  });

  it("takes an answer that ends in the middle for a broken connection", () => {
    expect(TapioClientError.from(new ConnectError("protocol error: incomplete envelope", Code.InvalidArgument)).code).toBe("unavailable");
  });

  it("takes a stream that the server refused for one that it has not looked at", () => {
    const refused = new ConnectError("Stream closed with error code NGHTTP2_REFUSED_STREAM", Code.Internal);
    expect(TapioClientError.from(refused).code).toBe("unavailable");
    expect(TapioClientError.from(new ConnectError("a bug", Code.Internal)).code).toBe("internal");
  });

  it("takes what fetch throws for a broken connection", () => {
    expect(TapioClientError.from(new TypeError("fetch failed"))).toMatchObject({ code: "unavailable", message: "fetch failed" });
  });

  it("says anything else as unknown", () => {
    expect(TapioClientError.from(new Error("bad")).code).toBe("unknown");
    expect(TapioClientError.from("text").message).toBe("text");
  });
});
