import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { Timestamp } from "@bufbuild/protobuf/wkt";

/** 0001-01-01T00:00:00Z, the first moment that a Timestamp may mean. */
const SECONDS_MIN = -62_135_596_800n;
/** 9999-12-31T23:59:59Z, the last second that a Timestamp may mean. */
const SECONDS_MAX = 253_402_300_799n;
const NANOS_PER_SECOND = 1_000_000_000n;

/** Nanoseconds since 1970-01-01T00:00:00Z; negative before. */
export function unixNanosOf(timestamp: { readonly seconds: bigint; readonly nanos: number }): bigint {
  return timestamp.seconds * NANOS_PER_SECOND + BigInt(timestamp.nanos);
}

/** @throws RangeError outside of the years 1 to 9999. */
export function timestampOf(unixNanos: bigint): Timestamp {
  const rest = unixNanos % NANOS_PER_SECOND;
  const nanos = rest < 0n ? rest + NANOS_PER_SECOND : rest;
  const seconds = (unixNanos - nanos) / NANOS_PER_SECOND;
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) {
    throw new RangeError(`${unixNanos} ns since 1970 is outside of the years 1 to 9999, which a Timestamp can hold`);
  }
  return create(TimestampSchema, { seconds, nanos: Number(nanos) });
}

/**
 * RFC 3339 in UTC with nine digits after the point: `2026-09-21T14:13:20.123456789Z`.
 * @throws RangeError outside of the years 1 to 9999, which a scanned record never is.
 */
export function formatTimestamp(timestamp: { readonly seconds: bigint | number; readonly nanos: number }): string {
  const seconds = BigInt(timestamp.seconds);
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX || timestamp.nanos < 0 || timestamp.nanos > 999_999_999) {
    throw new RangeError(`${seconds} s and ${timestamp.nanos} ns since 1970 is no moment of the years 1 to 9999`);
  }
  const toSecond = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${toSecond}.${String(timestamp.nanos).padStart(9, "0")}Z`;
}

const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})0*)?(?:([Zz])|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Reads RFC 3339 (`2026-09-21T16:13:20.5+02:00`) to the nanosecond. `undefined` for what is no such text or no such moment, for leap
 * seconds, for more digits than nanoseconds have, and outside of the years 1 to 9999.
 */
export function parseRfc3339(text: string): Timestamp | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, date, time, fraction = "", , sign, hours = "0", minutes = "0"] = match;
  const local = `${date}T${time}`;
  const localMs = Date.parse(`${local}Z`);
  // Date.parse lets some days and hours pass that do not exist (February 30, 24:00), as the moment that they would be.
  if (Number.isNaN(localMs) || new Date(localMs).toISOString().slice(0, 19) !== local) return undefined;
  const offsetSeconds = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -60 : 60);
  const seconds = BigInt(localMs / 1000 - offsetSeconds);
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) return undefined;
  return create(TimestampSchema, { seconds, nanos: Number(fraction.padEnd(9, "0")) });
}
