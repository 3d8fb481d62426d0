import { describe, expect, it } from "vitest";
import { attemptsOf, withAttempt, type FailedAttempt } from "./history.ts";

const attempt = (number: number, rest: Partial<FailedAttempt> = {}): FailedAttempt => ({
  ...{ number, startedAtMs: 1000 * number, durationMs: 5, code: "timeout", message: "no answer" },
  ...rest,
});

describe("a row's history (DLV-24)", () => {
  it("holds the attempts, the newest last", () => {
    const history = withAttempt(withAttempt(undefined, attempt(1)), attempt(2, { code: "unavailable" }));
    expect(attemptsOf(history)).toMatchObject([
      { number: 1, startedAtMs: 1000n, durationMs: 5, code: "timeout", message: "no answer" },
      { number: 2, startedAtMs: 2000n, code: "unavailable" },
    ]);
  });

  it("holds the last 16, and 500 characters of each message", () => {
    let history: Uint8Array | undefined;
    for (let number = 1; number <= 20; number += 1) history = withAttempt(history, attempt(number, { message: "x".repeat(600) }));
    const attempts = attemptsOf(history);
    expect(attempts.map(({ number }) => number)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(attempts[0]?.message).toBe("x".repeat(500));
  });

  it("takes any duration that a clock makes of it when it is set meanwhile", () => {
    expect(attemptsOf(withAttempt(undefined, attempt(1, { durationMs: 31_536_000_114 })))[0]?.durationMs).toBe(4_294_967_295);
    expect(attemptsOf(withAttempt(undefined, attempt(1, { durationMs: -5 })))[0]?.durationMs).toBe(0);
  });

  it("that cannot be read is shown as none", () => {
    expect(attemptsOf(undefined)).toEqual([]);
    expect(attemptsOf(new Uint8Array([255, 255]))).toEqual([]);
  });
});
