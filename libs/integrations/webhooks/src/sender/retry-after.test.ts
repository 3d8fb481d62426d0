import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const nowMs = Date.parse("2026-03-04T05:06:07Z");
const DAY_MS = 86_400_000;

describe("parseRetryAfter", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ["0", 0],
    ["2", 2000],
    [" 120 ", 120_000],
    ["86401", DAY_MS],
    ["9".repeat(400), DAY_MS],
    ["Wed, 04 Mar 2026 05:06:37 GMT", 30_000],
    ["Wednesday, 04-Mar-26 05:06:37 GMT", 30_000],
    ["Wed Mar  4 05:06:37 2026", 30_000],
    ["Wed, 04 Mar 2026 05:00:00 GMT", 0],
    ["Wed, 04 Mar 2099 05:00:00 GMT", DAY_MS],
    ["-5", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    ["soon", undefined],
    ["2026-03-04T05:06:37Z", undefined],
    ["Someday, maybe", undefined],
  ])("reads %j as %s ms", (value, expected) => {
    expect(parseRetryAfter(value, nowMs)).toBe(expected);
  });
});
