import { create } from "@bufbuild/protobuf";
import { TimeWindowSchema } from "@tapio/contracts/domain/v1/finding";
import { describe, expect, it } from "vitest";
import { rfc3339Of, spanTimesOf, unixNanoOf } from "./unix-nano.ts";

const time = { seconds: 100n, nanos: 7 };

describe("unixNanoOf", () => {
  it.each([
    ["no time at all", undefined, 0n],
    ["2026", { seconds: 1_772_600_767n, nanos: 123_456_789 }, 1_772_600_767_123_456_789n],
    ["1969", { seconds: -1n, nanos: 999_999_999 }, 0n],
    ["9999", { seconds: 253_402_300_799n, nanos: 0 }, 18_446_744_073_709_551_615n],
  ])("holds %s within a fixed64", (_name, instant, nanos) => {
    expect(unixNanoOf(instant)).toBe(nanos);
  });
});

describe("spanTimesOf", () => {
  it.each([
    ["no window", undefined, [100_000_000_007n, 100_000_000_007n]],
    ["a whole window", { start: { seconds: 10n }, end: { seconds: 20n } }, [10_000_000_000n, 20_000_000_000n]],
    ["a window that goes on", { start: { seconds: 10n } }, [10_000_000_000n, 100_000_000_007n]],
    ["a window that starts after the record", { start: { seconds: 200n } }, [200_000_000_000n, 200_000_000_000n]],
    ["a window that ends before it starts", { start: { seconds: 20n }, end: { seconds: 10n } }, [20_000_000_000n, 20_000_000_000n]],
    ["a window without a start", { end: { seconds: 300n } }, [100_000_000_007n, 300_000_000_000n]],
  ])("with %s never ends before it starts", (_name, window, [start, end]) => {
    expect(spanTimesOf(time, window && create(TimeWindowSchema, window))).toEqual({ start, end });
  });
});

describe("rfc3339Of", () => {
  it("keeps all nine digits", () => {
    expect(rfc3339Of({ seconds: 1_772_600_767n, nanos: 1 })).toBe("2026-03-04T05:06:07.000000001Z");
  });

  it("is of its own second, whichever came before", () => {
    expect(rfc3339Of({ seconds: -1n, nanos: 5 })).toBe("1969-12-31T23:59:59.000000005Z");
    expect(rfc3339Of({ seconds: 1n, nanos: 0 })).toBe("1970-01-01T00:00:01.000000000Z");
    expect(rfc3339Of({ seconds: 1n, nanos: 2 })).toBe("1970-01-01T00:00:01.000000002Z");
    expect(rfc3339Of({ seconds: 2n, nanos: 2 })).toBe("1970-01-01T00:00:02.000000002Z");
    expect(rfc3339Of({ seconds: 9_000_000_000_000_000n, nanos: 0 })).toBe("");
    expect(rfc3339Of({ seconds: 2n, nanos: 3 })).toBe("1970-01-01T00:00:02.000000003Z");
  });

  it("is empty for what is no date", () => {
    expect(rfc3339Of({ seconds: 9_000_000_000_000_000n, nanos: 0 })).toBe("");
  });
});
