import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { callFailure, recordsMayBeToBlame } from "./errors.ts";

const endpoint = "https://central.example.com";

describe("callFailure", () => {
  it.each([
    [Code.Canceled, "unavailable"],
    [Code.Unknown, "unavailable"],
    [Code.InvalidArgument, "record_invalid"],
    [Code.DeadlineExceeded, "timeout"],
    [Code.NotFound, "unavailable"],
    [Code.AlreadyExists, "record_invalid"],
    [Code.PermissionDenied, "access_denied"],
    [Code.ResourceExhausted, "throttled"],
    [Code.FailedPrecondition, "unavailable"],
    [Code.Aborted, "unavailable"],
    [Code.OutOfRange, "record_invalid"],
    [Code.Unimplemented, "unavailable"],
    [Code.Internal, "unavailable"],
    [Code.Unavailable, "unavailable"],
    [Code.DataLoss, "unavailable"],
    [Code.Unauthenticated, "access_denied"],
  ] as const)("takes code %i for %s", (code, expected) => {
    expect(callFailure(new ConnectError("why", code), endpoint).code).toBe(expected);
  });

  it("says who answered what, and what to do where that is not plain", () => {
    expect(callFailure(new ConnectError("down for repairs", Code.Unavailable), endpoint).message).toBe(
      "https://central.example.com answered Unavailable: down for repairs",
    );
    expect(callFailure(new ConnectError("", Code.Unimplemented), endpoint).message).toBe(
      "https://central.example.com answered Unimplemented: no further words; there is no tapio.ingest.v1.IngestService; check the endpoint",
    );
    expect(callFailure(new ConnectError("bad token", Code.Unauthenticated), endpoint).message).toMatch(/; check the token$/);
  });

  it.each([
    [{ "retry-after-ms": "1500", "retry-after": "2" }, 1_500],
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }, undefined],
    [{ "retry-after-ms": "-5" }, undefined],
    [{}, undefined],
  ])("reads the hint in %j", (metadata, expected) => {
    expect(callFailure(new ConnectError("", Code.ResourceExhausted, metadata), endpoint).retryAfterMs).toBe(expected);
  });

  it("does not blame the records for an answer that ends in the middle", () => {
    expect(callFailure(new ConnectError("protocol error: incomplete envelope", Code.InvalidArgument), endpoint).code).toBe("unavailable");
  });
});

describe("recordsMayBeToBlame", () => {
  it.each([
    ["record_invalid", undefined, 10, true],
    ["throttled", undefined, 65_537, true],
    ["throttled", undefined, 65_536, false],
    ["throttled", 100, 1_000_000, false],
    ["unavailable", undefined, 1_000_000, false],
    ["access_denied", undefined, 1_000_000, false],
  ] as const)("of %s with the hint %s and %i bytes says %s", (code, retryAfterMs, bytes, expected) => {
    expect(recordsMayBeToBlame({ code, message: "", retryAfterMs }, bytes)).toBe(expected);
  });
});
