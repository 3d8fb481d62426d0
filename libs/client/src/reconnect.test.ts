import { describe, expect, it } from "vitest";
import { reconnectDelayMs } from "./reconnect.ts";
import { TapioClientError } from "./tapio-client-error.ts";

const unavailable = new TapioClientError("unavailable", "down");

describe("reconnectDelayMs", () => {
  it.each([
    [1, 0, 125],
    [1, 1, 250],
    [2, 1, 500],
    [5, 0.5, 3_000],
    [8, 1, 30_000],
    [1_000, 0, 15_000],
  ])("after %i failures, with %d drawn, waits %i ms", (attempt, random, expected) => {
    expect(reconnectDelayMs(unavailable, attempt, {}, random)).toBe(expected);
  });

  it("waits at least as long as the server asked", () => {
    expect(reconnectDelayMs(new TapioClientError("resource_exhausted", "full", { retryAfterMs: 9_000 }), 1, {}, 1)).toBe(9_000);
  });

  it.each(["invalid_argument", "unauthenticated", "permission_denied", "not_found", "unimplemented", "out_of_range"] as const)(
    "does not come back after %s",
    (code) => {
      expect(reconnectDelayMs(new TapioClientError(code, ""), 1, {}, 1)).toBeUndefined();
    },
  );

  it.each(["unavailable", "aborted", "internal", "unknown", "canceled", "deadline_exceeded", "data_loss", "resource_exhausted"] as const)(
    "comes back after %s",
    (code) => {
      expect(reconnectDelayMs(new TapioClientError(code, ""), 1, {}, 1)).toBe(250);
    },
  );

  it("ends after as many failures as it was told", () => {
    expect(reconnectDelayMs(unavailable, 2, { maxAttempts: 3 }, 1)).toBe(500);
    expect(reconnectDelayMs(unavailable, 3, { maxAttempts: 3 }, 1)).toBeUndefined();
  });
});
