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

const DAYS_OF_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const SECONDS_OF_DAY = 86_400;
const NANOS_DIGITS = 9;

/**
 * Reads RFC 3339 (`2026-09-21T16:13:20.5+02:00`) to the nanosecond. `undefined` for what is no such text or no such moment, for leap
 * seconds, for more digits than nanoseconds have, and outside of the years 1 to 9999.
 */
export function parseRfc3339(text: string): Timestamp | undefined {
  const toSecond = localSeconds(text);
  const nanos = text[19] === "." ? fraction(text, 20) : { value: 0, end: 19 };
  const offset = nanos && offsetSeconds(text, nanos.end);
  if (toSecond === undefined || nanos === undefined || offset === undefined) return undefined;
  const seconds = toSecond - offset;
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) return undefined;
  return { $typeName: "google.protobuf.Timestamp", seconds: BigInt(seconds), nanos: nanos.value };
}

/** Seconds from 1970 to the date and the time of day at the text's front. */
function localSeconds(text: string): number | undefined {
  const day = dayNumber(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
  const [hour, minute, second] = [digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19)];
  const isApart = text[4] === "-" && text[7] === "-" && "Tt ".includes(text[10] ?? "-") && text[13] === ":" && text[16] === ":";
  // What is not a number is not below anything.
  if (day === undefined || !isApart || !(hour < 24 && minute < 60 && second < 60)) return undefined;
  return day * SECONDS_OF_DAY + hour * 3_600 + minute * 60 + second;
}

/** Days from 1970 to a day of the Gregorian calendar, counted in years that begin with March. */
function dayNumber(year: number, month: number, day: number): number | undefined {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : DAYS_OF_MONTHS[month - 1];
  if (Number.isNaN(year) || days === undefined || !(day >= 1 && day <= days)) return undefined;
  const years = month > 2 ? year : year - 1;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  const daysOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return years * 365 + leapDays + daysOfYear - DAYS_FROM_YEAR_0;
}

/** From the first of March of the year 0 to 1970. */
const DAYS_FROM_YEAR_0 = 719_468;

/** Nanoseconds of up to nine digits from `start` on; after those only zeros may come. */
function fraction(text: string, start: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  let end = start;
  for (; isDigit(text.charCodeAt(end)); end++) {
    if (end < start + NANOS_DIGITS) value = value * 10 + text.charCodeAt(end) - ZERO;
    else if (text[end] !== "0") return undefined;
  }
  for (let count = end - start; count < NANOS_DIGITS; count++) value *= 10;
  return end === start ? undefined : { value, end };
}

/** `Z` or `+02:00`, with which the text must end. */
function offsetSeconds(text: string, start: number): number | undefined {
  const sign = text[start];
  if (sign === "Z" || sign === "z") return text.length === start + 1 ? 0 : undefined;
  const [hours, minutes] = [digits(text, start + 1, start + 3), digits(text, start + 4, start + 6)];
  const isOffset = (sign === "+" || sign === "-") && text[start + 3] === ":" && text.length === start + 6;
  if (!isOffset || !(hours < 24 && minutes < 60)) return undefined;
  return (hours * 60 + minutes) * (sign === "-" ? -60 : 60);
}

/** NaN where there is something else. */
function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = isDigit(text.charCodeAt(at)) ? value * 10 + text.charCodeAt(at) - ZERO : NaN;
  return value;
}

const ZERO = 0x30;

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}
