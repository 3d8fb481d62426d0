import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { BreakerStateSchema, DestinationStateSchema } from "@tapio/contracts/admin/v1/admin";
import { describe, expect, it } from "vitest";
import { enumText } from "./enum-text.ts";
import { counted, formatBytes, formatCount, formatRate } from "./format-numbers.ts";
import { formatAgo, formatDurationMs, formatTimeMs } from "./format-times.ts";
import { printable, shortened } from "./printable.ts";

describe("numbers for people", () => {
  it.each([
    [formatCount(1_234_567n), "1,234,567"],
    [counted(1n, "record"), "1 record"],
    [counted(0, "record"), "0 records"],
    [counted(2n, "entry", "entries"), "2 entries"],
    [formatBytes(1_023), "1023 B"],
    [formatBytes(1_536n), "1.5 KiB"],
    [formatBytes(5n * 1024n ** 4n), "5.0 TiB"],
    [formatBytes(5_000n * 1024n ** 4n), "5000.0 TiB"],
    [formatRate(0), "0/s"],
    [formatRate(0.04), "<0.1/s"],
    [formatRate(0.25), "0.3/s"],
    [formatRate(99.94), "99.9/s"],
    [formatRate(12_345.6), "12,346/s"],
  ])("%j", (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe("times for people", () => {
  it.each([
    [-5, "0ms"],
    [0.4, "0ms"],
    [999, "999ms"],
    [1_000, "1s"],
    [1_560, "1.5s"],
    [10_900, "10s"],
    [60_000, "1m"],
    [192_000, "3m12s"],
    [3_605_000, "1h"],
    [90_061_000, "1d1h"],
  ])("%i ms are %s", (ms, expected) => {
    expect(formatDurationMs(ms)).toBe(expected);
  });

  it("leave out milliseconds where there are none, and say how long ago, or how long yet", () => {
    expect([formatTimeMs(1_793_534_400_000), formatTimeMs(1_793_534_400_050)]).toEqual([
      "2026-11-01T12:00:00Z",
      "2026-11-01T12:00:00.050Z",
    ]);
    expect([formatAgo(timestampFromMs(1_000), 66_000), formatAgo(timestampFromMs(66_000), 1_000)]).toEqual(["1m5s ago", "in 1m5s"]);
  });
});

describe("words for people", () => {
  it("name the values of enums, also those of a newer gateway", () => {
    expect(enumText(DestinationStateSchema, 4)).toBe("blocked by key");
    expect(enumText(BreakerStateSchema, 99)).toBe("unknown (99)");
  });

  it("OPS-26: steer no terminal", () => {
    expect(printable("a\r\nb\tc\u001b[2Jd\u009be\u202ef\u0000")).toBe("a b c\\x1b[2Jd\\x9be\\u202ef\\x00");
    expect(printable("Größe: 5 €, 日本")).toBe("Größe: 5 €, 日本");
  });

  it("are cut where they are too long", () => {
    expect([shortened("abcdef", 6), shortened("abcdefg", 6)]).toEqual(["abcdef", "abcde…"]);
  });
});
