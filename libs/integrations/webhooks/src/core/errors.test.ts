import { describe, expect, it } from "vitest";
import { AttemptTimeoutError, BlockedAddressError, describeFailure, describeStatus, judgeFailure, judgeStatus } from "./errors.ts";

function networkError(code: string, message = ""): Error {
  return Object.assign(new Error(message), { code });
}

describe("judgeStatus", () => {
  it.each([
    [199, "unavailable"],
    [200, "delivered"],
    [202, "delivered"],
    [204, "delivered"],
    [299, "delivered"],
    [301, "unavailable"],
    [302, "unavailable"],
    [304, "unavailable"],
    [307, "unavailable"],
    [308, "unavailable"],
    [401, "access_denied"],
    [402, "access_denied"],
    [403, "access_denied"],
    [404, "unavailable"],
    [405, "unavailable"],
    [407, "access_denied"],
    [408, "unavailable"],
    [409, "unavailable"],
    [410, "gone"],
    [413, "record_invalid"],
    [415, "unavailable"],
    [422, "record_invalid"],
    [425, "unavailable"],
    [429, "throttled"],
    [431, "unavailable"],
    [500, "unavailable"],
    [502, "throttled"],
    [503, "unavailable"],
    [504, "throttled"],
    [599, "unavailable"],
    [999, "unavailable"],
  ])("takes %i as %s", (status, expected) => {
    expect(judgeStatus(status, true)).toBe(expected);
    expect(judgeStatus(status, false)).toBe(expected);
  });

  it("takes 400 as the record's fault only where the receiver takes others", () => {
    expect(judgeStatus(400, true)).toBe("record_invalid");
    expect(judgeStatus(400, false)).toBe("unavailable");
  });
});

describe("describeStatus", () => {
  it.each([
    [503, undefined, "answered 503"],
    [
      400,
      undefined,
      "answered 400 without taking other records: check url and secret, since many receivers answer so to a signature they do not believe",
    ],
    [401, undefined, "answered 401: check the secret, the headers and the receiver's access rules"],
    [404, undefined, "answered 404: check the path of url"],
    [410, undefined, "answered 410: the receiver wants no more webhooks"],
    [422, undefined, "answered 422: the receiver refuses this record"],
    [429, undefined, "answered 429: the receiver asks for fewer requests"],
    [302, undefined, "answered 302, a redirect: redirects are not followed; set url to where the receiver is"],
    [
      308,
      "https://b.example/",
      "answered 308, a redirect to https://b.example/: redirects are not followed; set url to where the receiver is",
    ],
  ])("of %i with the location %s", (status, location, expected) => {
    const code = judgeStatus(status, false);
    expect(code).not.toBe("delivered");
    if (code !== "delivered") expect(describeStatus(status, code, location)).toBe(expected);
  });
});

describe("judgeFailure", () => {
  it.each([
    ["a blocked address", new BlockedAddressError("10.0.0.1 is private"), "access_denied"],
    ["the attempt's deadline", new AttemptTimeoutError("no answer"), "timeout"],
    ["the caller's deadline", new DOMException("", "TimeoutError"), "timeout"],
    ["an abort", new DOMException("", "AbortError"), "canceled"],
    ["a connect timeout", networkError("UND_ERR_CONNECT_TIMEOUT"), "timeout"],
    ["a TCP timeout", networkError("ETIMEDOUT"), "timeout"],
    ["a refused connection", networkError("ECONNREFUSED"), "unavailable"],
    ["a broken connection", networkError("UND_ERR_SOCKET"), "unavailable"],
    ["an unknown host", networkError("ENOTFOUND"), "unavailable"],
    ["an untrusted certificate", networkError("DEPTH_ZERO_SELF_SIGNED_CERT"), "unavailable"],
    ["an answer that is no HTTP", Object.assign(new Error("Expected HTTP/"), { name: "HTTPParserError" }), "unavailable"],
    ["a wrong use of the client", networkError("UND_ERR_INVALID_ARG"), "internal"],
    ["a broken assertion", networkError("ERR_ASSERTION"), "internal"],
    ["a bug", new TypeError("x is not a function"), "internal"],
    ["a throw of no error", "text", "internal"],
  ])("takes %s as %s", (_, reason, expected) => {
    expect(judgeFailure(reason)).toBe(expected);
  });
});

describe("describeFailure", () => {
  it.each([
    [networkError("UND_ERR_SOCKET", "other side closed"), "other side closed (UND_ERR_SOCKET)"],
    [networkError("ENOENT", "ENOENT: no such file"), "ENOENT: no such file"],
    [networkError("ECONNRESET"), "Error (ECONNRESET)"],
    [new AggregateError([new Error("refused ::1"), new Error("refused 127.0.0.1")]), "refused ::1; refused 127.0.0.1"],
    ["text", "text"],
  ])("of case %#", (reason, expected) => {
    expect(describeFailure(reason)).toBe(expected);
  });
});
