import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTimestamp, parseRfc3339, timestampOf, unixNanosOf } from "./time.ts";

describe("unix nanoseconds", () => {
  it.each([
    [0n, 0n, 0],
    [1_790_000_000_123_456_789n, 1_790_000_000n, 123_456_789],
    [-1n, -1n, 999_999_999],
    [-62_135_596_800_000_000_000n, -62_135_596_800n, 0],
    [253_402_300_799_999_999_999n, 253_402_300_799n, 999_999_999],
  ])("%s is a timestamp and back", (nanos, seconds, rest) => {
    const timestamp = timestampOf(nanos);
    expect(timestamp).toMatchObject({ seconds, nanos: rest });
    expect(unixNanosOf(timestamp)).toBe(nanos);
  });

  it("outside of the years 1 to 9999 are refused", () => {
    expect(() => timestampOf(-62_135_596_800_000_000_001n)).toThrow(RangeError);
    expect(() => timestampOf(253_402_300_800_000_000_000n)).toThrow("years 1 to 9999");
  });
});

describe("formatTimestamp", () => {
  it("writes nine digits", () => {
    expect(formatTimestamp({ seconds: 1_790_000_000n, nanos: 5 })).toBe("2026-09-21T14:13:20.000000005Z");
    expect(formatTimestamp({ seconds: -62_135_596_800, nanos: 0 })).toBe("0001-01-01T00:00:00.000000000Z");
    expect(formatTimestamp({ seconds: 253_402_300_799, nanos: 999_999_999 })).toBe("9999-12-31T23:59:59.999999999Z");
  });

  it.each([
    [253_402_300_800n, 0],
    [0n, -1],
    [0n, 1_000_000_000],
  ])("refuses %s s and %s ns", (seconds, nanos) => expect(() => formatTimestamp({ seconds, nanos })).toThrow(RangeError));
});

describe("parseRfc3339", () => {
  it.each([
    ["2026-09-21T14:13:20Z", "2026-09-21T14:13:20.000000000Z"],
    ["2026-09-21t14:13:20.123456789z", "2026-09-21T14:13:20.123456789Z"],
    ["2026-09-21 14:13:20.5Z", "2026-09-21T14:13:20.500000000Z"],
    ["2026-09-21T16:13:20.1+02:00", "2026-09-21T14:13:20.100000000Z"],
    ["2026-09-21T13:43:20.1-00:30", "2026-09-21T14:13:20.100000000Z"],
    ["2026-09-21T14:13:20.123456789000Z", "2026-09-21T14:13:20.123456789Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000000Z"],
    ["1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"],
  ])("reads %s", (text, expected) => {
    const timestamp = parseRfc3339(text);
    expect(timestamp && formatTimestamp(timestamp)).toBe(expected);
  });

  it.each([
    "",
    "2026-09-21",
    "2026-09-21T14:13:20",
    "2026-02-30T00:00:00Z",
    "2026-09-21T24:00:00Z",
    "2026-06-30T23:59:60Z",
    "2026-13-01T00:00:00Z",
    "2026-09-21T14:13:20.1234567891Z",
    "2026-09-21T14:13:20.Z",
    "2026-09-21T14:13:20+24:00",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "0000-01-01T00:00:00Z",
    "2026-09-21T14:13:20Z ",
    "12026-09-21T14:13:20Z",
  ])("refuses %j", (text) => expect(parseRfc3339(text)).toBeUndefined());

  it.each(["0000-12-31T23:59:59-00:01", "2000-02-29T00:00:00Z", "1900-03-01T00:00:00Z", "0400-02-29T12:00:00z"])(
    "reads %s as Date does",
    (text) => {
      expect(parseRfc3339(text)?.seconds).toBe(BigInt(Date.parse(text.toUpperCase()) / 1_000));
    },
  );

  it.each(["1900-02-29T00:00:00Z", "2026-00-10T00:00:00Z", "2026-01-00T00:00:00Z", "2026-09-21T14:60:20Z", "2026/09/21T14:13:20Z"])(
    "refuses %j, which is no day or no time",
    (text) => expect(parseRfc3339(text)).toBeUndefined(),
  );

  it("reads every moment that it writes, and with any one character changed either the same as Date or nothing", () => {
    const moments = fc.bigInt(-62_135_596_800_000_000_000n, 253_402_300_799_999_999_999n);
    const change = fc.tuple(fc.nat(30), fc.constantFrom(..."0123456789-+:.TZ "));
    fc.assert(
      fc.property(moments, change, (moment, [at, character]) => {
        const text = formatTimestamp(timestampOf(moment));
        expect(parseRfc3339(text)).toEqual(timestampOf(moment));
        const changed = parseRfc3339(text.slice(0, at) + character + text.slice(at + 1));
        if (changed === undefined) return;
        const toSecond = `${text.slice(0, at)}${character}${text.slice(at + 1)}`.replace(" ", "T").slice(0, 19);
        expect(changed.seconds).toBe(BigInt(Date.parse(`${toSecond}Z`) / 1_000));
      }),
    );
  });
});
