import type { RecordKind } from "@tapio/contracts/domain/v1/record";
import type { Severity } from "@tapio/contracts/domain/v1/types";
import type { RecordHeader, RecordProblem } from "../record-header.ts";
import { checkPlain } from "./plain-check.ts";
import type { PlainRecord } from "./plain-check.ts";
import { recordTable } from "./record-table.ts";
import { REFUSED, scanState } from "./scan-state.ts";
import type { ScanState } from "./scan-state.ts";
import { cachedText } from "./text-cache.ts";
import { readText, walk } from "./walk.ts";

export type ScanResult =
  { readonly ok: true; readonly header: RecordHeader } | { readonly ok: false; readonly problem: RecordProblem & { readonly id?: string } };

/** Data that nests deep would give a path of kilobytes. */
const PATH_PARTS_MAX = 16;

/**
 * Reads the header of an encoded `tapio.domain.v1.Record` without decoding it. Refuses all that decoding and validation would
 * refuse, and what readers may read differently: repeated singular fields, numbers and times that JSON cannot carry, and broken
 * wire form down to the leaves. Unknown fields are skipped.
 */
export function scanRecord(bytes: Uint8Array): ScanResult {
  const state = scanState(bytes);
  if (walk(state, recordTable, 0, bytes.length, 1) === REFUSED) return { ok: false, problem: problemOf(state) };
  return {
    ok: true,
    header: {
      kind: state.kind as RecordKind, // one of the oneof's field numbers, which are the kinds' numbers
      id: readText(bytes, state.idStart, state.idEnd),
      timeSeconds: state.timeSeconds,
      timeNanos: state.timeNanos,
      type: cachedText(bytes, state.typeStart, state.typeEnd),
      severity: state.severity as Severity, // checked against the enum
      namespaces: state.namespaces,
    },
  };
}

export type CheckResult = PlainRecord | Extract<ScanResult, { readonly ok: false }>;

/**
 * Refuses what `scanRecord` refuses, and makes no header of the rest: for those who need to know no more of a record than its id. A record in
 * its usual form costs half as much as one that has to be walked.
 */
export function checkRecord(bytes: Uint8Array): CheckResult {
  return checkPlain(bytes) ?? checkByWalk(bytes);
}

function checkByWalk(bytes: Uint8Array): CheckResult {
  const state = scanState(bytes);
  state.withNamespaces = false;
  if (walk(state, recordTable, 0, bytes.length, 1) === REFUSED) return { ok: false, problem: problemOf(state) };
  return { ok: true, idStart: state.idStart, idEnd: state.idEnd };
}

function problemOf(state: ScanState): RecordProblem & { readonly id?: string } {
  const path = state.path.reverse();
  if (path.length > PATH_PARTS_MAX) path.splice(PATH_PARTS_MAX, path.length, "...");
  const field = path.length === 0 ? "record" : path.join(".");
  const id = state.idEnd > state.idStart ? { id: readText(state.bytes, state.idStart, state.idEnd) } : {};
  return { field, reason: state.reason, ...id };
}
