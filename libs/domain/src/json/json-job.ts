import { createWireCursor, readVarint, type WireCursor } from "../wire/wire-cursor.ts";
import { createJsonOutput, type JsonOutput } from "./json-output.ts";

/** One record on its way from its bytes to JSON. */
export interface JsonJob extends WireCursor {
  out: JsonOutput;
  /** Where the keys of the maps begin and end that are being written, the outermost map's first. */
  readonly keys: number[];
}

export function createJsonJob(): JsonJob {
  return { ...createWireCursor(), out: createJsonOutput(), keys: [] };
}

/** Whether the same field goes on; then its tag is passed. */
export function takeTag(job: JsonJob, tag: number, end: number): boolean {
  const { at } = job;
  if (at >= end) return false;
  if (readVarint(job) === tag) return true;
  job.at = at;
  return false;
}
