import { readDouble, readInt64, readVarint, skipValue } from "../wire/wire-cursor.ts";
import { takeTag, type JsonJob } from "./json-job.ts";
import { putChar, putNumber, putPiece, putString, putTimestamp } from "./json-output.ts";
import { Form, type JsonFieldPlan, type JsonPlan } from "./json-plan.ts";
import { writeStruct, writeTexts } from "./write-map.ts";

const COMMA = 0x2c;
const LENGTH_DELIMITED = 2;
const SECONDS_TAG = 0x08;
const NANOS_TAG = 0x10;
const SECONDS_MIN = -62_135_596_800;
const SECONDS_MAX = 253_402_300_799;
const NANOS_MAX = 999_999_999;
const TRUE = new TextEncoder().encode("true");

/**
 * Writes the message from `job.at` to `end` as proto3 JSON, when its fields rise by their numbers, as encoders write them. False for what has
 * another form, is broken, or cannot be JSON: then what was written is worthless.
 */
export function writeMessage(job: JsonJob, plan: JsonPlan, end: number): boolean {
  const { out } = job;
  putChar(out, 0x7b);
  const begin = out.length;
  let last = 0;
  while (job.at < end) {
    const tag = readVarint(job);
    const number = tag >>> 3;
    const field = plan[number];
    if (field === undefined) {
      skipValue(job, tag & 7);
      continue;
    }
    // The items of a list lie together, and are taken with the first.
    if (number <= last || (tag & 7) !== field.wireType) return false;
    last = number;
    if (!writeField(job, field, tag, end, out.length > begin)) return false;
  }
  putChar(out, 0x7d);
  return job.at === end;
}

function writeField(job: JsonJob, field: JsonFieldPlan, tag: number, end: number, more: boolean): boolean {
  if (field.wireType !== LENGTH_DELIMITED) return writeScalar(job, field, more);
  const length = readVarint(job);
  // JSON leaves a default out.
  if (length === 0 && field.form === Form.STRING && !field.list) return true;
  putKey(job, field, more);
  if (field.form === Form.TEXTS) return writeTexts(job, tag, length, end);
  return field.list ? writeList(job, field, tag, length, end) : writeValue(job, field, length);
}

/** Defaults are left out. */
function writeScalar(job: JsonJob, field: JsonFieldPlan, more: boolean): boolean {
  const value = field.form === Form.DOUBLE ? readDouble(job) : readVarint(job);
  // Of other than booleans the lower half counts alone.
  if (Object.is(value, 0) && (field.form !== Form.BOOL || job.high === 0)) return true;
  putKey(job, field, more);
  switch (field.form) {
    case Form.BOOL:
      putPiece(job.out, TRUE);
      return true;
    case Form.ENUM: {
      const name = field.names[value];
      if (name === undefined) return false;
      putPiece(job.out, name);
      return true;
    }
    default:
      putNumber(job.out, value);
      return Number.isFinite(value);
  }
}

function writeList(job: JsonJob, field: JsonFieldPlan, tag: number, firstLength: number, end: number): boolean {
  putChar(job.out, 0x5b);
  if (!writeValue(job, field, firstLength)) return false;
  while (takeTag(job, tag, end)) {
    putChar(job.out, COMMA);
    if (!writeValue(job, field, readVarint(job))) return false;
  }
  putChar(job.out, 0x5d);
  return true;
}

/** Writes what is `length` bytes long. */
function writeValue(job: JsonJob, field: JsonFieldPlan, length: number): boolean {
  const end = job.at + length;
  switch (field.form) {
    case Form.STRING:
      putString(job.out, job.bytes, job.at, end);
      job.at = end;
      return true;
    case Form.TIMESTAMP:
      return writeTimestamp(job, end);
    case Form.STRUCT:
      return writeStruct(job, end);
    default:
      return field.message !== undefined && writeMessage(job, field.message, end);
  }
}

function writeTimestamp(job: JsonJob, end: number): boolean {
  const seconds = takeTag(job, SECONDS_TAG, end) ? readInt64(job) : 0;
  const nanos = takeTag(job, NANOS_TAG, end) ? readVarint(job) : 0;
  if (job.at !== end || seconds < SECONDS_MIN || seconds > SECONDS_MAX || nanos > NANOS_MAX) return false;
  putTimestamp(job.out, seconds, nanos);
  return true;
}

function putKey(job: JsonJob, field: JsonFieldPlan, more: boolean): void {
  if (more) putChar(job.out, COMMA);
  putPiece(job.out, field.key);
}
