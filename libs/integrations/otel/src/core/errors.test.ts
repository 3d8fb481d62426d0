import { describe, expect, it } from "vitest";
import { retryAfterMsOf, verdictOf, verdictOfNetworkError } from "./errors.ts";

describe("verdictOf", () => {
  it.each([
    [200, "accepted", undefined],
    [202, "accepted", undefined],
    [301, "failed", "unavailable"],
    [400, "refused", "record_invalid"],
    [401, "failed", "access_denied"],
    [402, "failed", "unavailable"],
    [403, "failed", "access_denied"],
    [404, "failed", "unavailable"],
    [405, "failed", "unavailable"],
    [407, "failed", "access_denied"],
    [408, "failed", "timeout"],
    [410, "failed", "gone"],
    [413, "refused", "record_invalid"],
    [415, "failed", "unavailable"],
    [422, "refused", "record_invalid"],
    [429, "failed", "throttled"],
    [431, "failed", "unavailable"],
    [500, "failed", "unavailable"],
    [501, "failed", "unavailable"],
    [502, "failed", "unavailable"],
    [503, "failed", "unavailable"],
    [504, "failed", "unavailable"],
    [599, "failed", "unavailable"],
    [199, "failed", "unavailable"],
  ])("takes %i for %s, %s", (status, kind, code) => {
    const verdict = verdictOf(status, "application/x-protobuf");
    expect(verdict.kind).toBe(kind);
    expect("code" in verdict ? verdict.code : undefined).toBe(code);
  });

  it.each([200, 400, 422])("takes a web page with status %i for a proxy or a wrong URL, and blames no record", (status) => {
    expect(verdictOf(status, "text/html")).toMatchObject({ kind: "failed", code: "unavailable" });
  });

  it("splits what a proxy's page calls too large", () => {
    expect(verdictOf(413, "text/html").kind).toBe("refused");
  });

  it.each(["application/grpc", "application/grpc+proto", "application/grpc-web"])("believes no success of %s", (contentType) => {
    const verdict = verdictOf(200, contentType);
    expect(verdict).toMatchObject({ kind: "failed", code: "unavailable" });
    expect("advice" in verdict ? verdict.advice : "").toMatch(/4318/);
    expect(verdictOf(429, contentType)).toMatchObject({ code: "throttled" });
  });
});

describe("verdictOfNetworkError", () => {
  it.each([
    ["UND_ERR_HEADERS_TIMEOUT", "timeout", /in time/],
    ["UND_ERR_BODY_TIMEOUT", "timeout", /in time/],
    ["ENOTFOUND", "unavailable", /does not resolve/],
    ["EAI_AGAIN", "unavailable", /does not resolve/],
    ["ECONNREFUSED", "unavailable", /nothing listens/],
    ["ECONNRESET", "unavailable", /connection failed/],
    ["UND_ERR_SOCKET", "unavailable", /connection failed/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "unavailable", /TLS failed/],
    ["CERT_HAS_EXPIRED", "unavailable", /TLS failed/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "unavailable", /TLS failed/],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "unavailable", /TLS failed/],
    ["EPROTO", "unavailable", /TLS failed/],
    ["HPE_INVALID_CONSTANT", "unavailable", /4317/],
    ["", "unavailable", /connection failed/],
  ])("takes %s for %s", (errorCode, code, advice) => {
    const verdict = verdictOfNetworkError(errorCode);
    expect(verdict.code).toBe(code);
    expect(verdict.advice).toMatch(advice);
  });
});

describe("retryAfterMsOf", () => {
  const now = Date.UTC(2026, 2, 4, 5, 6, 7);

  it.each([
    ["2", 2000],
    [" 120 ", 120_000],
    ["0", 0],
    ["Wed, 04 Mar 2026 05:06:37 GMT", 30_000],
    ["Wed, 04 Mar 2026 05:06:00 GMT", 0],
    ["Wednesday, 04-Mar-26 05:06:37 GMT", 30_000],
    ["-1", undefined],
    ["1.5", undefined],
    ["9999999999", undefined],
    ["soon", undefined],
    ["Sun, nonsense", undefined],
    ["2026-03-04", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("reads %j as %j ms", (header, expected) => {
    expect(retryAfterMsOf(header, now)).toBe(expected);
  });
});
