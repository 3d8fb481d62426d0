import type { TimeWindow } from "@tapio/contracts/domain/v1/finding";

interface Instant {
  readonly seconds: bigint;
  readonly nanos: number;
}

const NANOS_PER_SECOND = 1_000_000_000n;
const FIXED64_MAX = (1n << 64n) - 1n;

/** Nanoseconds since 1970, held within what OTLP's fixed64 can say (1970 to 2554). */
export function unixNanoOf(time: Instant | undefined): bigint {
  if (time === undefined) return 0n;
  const nanos = time.seconds * NANOS_PER_SECOND + BigInt(time.nanos);
  if (nanos < 0n) return 0n;
  return nanos > FIXED64_MAX ? FIXED64_MAX : nanos;
}

export interface SpanTimes {
  readonly start: bigint;
  readonly end: bigint;
}

/** From a window's start to its end; an absent bound is the record's own time. Never ends before it starts. */
export function spanTimesOf(time: Instant | undefined, window: TimeWindow | undefined): SpanTimes {
  const start = unixNanoOf(window?.start ?? time);
  const end = unixNanoOf(window?.end ?? time);
  return { start, end: end < start ? start : end };
}

/** The last second that was written, since the records of one second come together. */
const last = { seconds: -1n, text: "1969-12-31T23:59:59" };

/** RFC 3339 with all nine digits, since an int64 of nanoseconds loses its last digits in many a backend. Empty for what is no date. */
export function rfc3339Of(time: Instant): string {
  if (time.seconds !== last.seconds) {
    const date = new Date(Number(time.seconds) * 1000);
    if (Number.isNaN(date.getTime())) return "";
    last.text = date.toISOString().slice(0, -5);
    last.seconds = time.seconds;
  }
  return `${last.text}.${String(time.nanos).padStart(9, "0")}Z`;
}
