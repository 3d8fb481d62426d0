import { setImmediate as nextTurn } from "node:timers/promises";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { DeadLetterSelector } from "@tapio/contracts/admin/v1/admin";
import { compileFilter, createRecordView, FilterError, scanRecord, type RecordView } from "@tapio/domain";
import { ControlError } from "@tapio/integration-core";
import type { DeliveryRow, DestinationLog } from "@tapio/journal";
import type { Destination } from "../destination/destination.ts";
import type { RuntimeParts } from "../runtime-parts.ts";
import { withRemovedLogs } from "./removed-logs.ts";

/** A compiled selector of dead letters. */
export interface Selection {
  /** The destination's name; `undefined`: every one. */
  readonly destination: string | undefined;
  readonly from: number;
  readonly to: number;
  /** The record's bytes are needed to tell. */
  readonly needsRecord: boolean;
  takes(row: DeliveryRow): boolean;
}

/** @throws ControlError `invalid` when the filter cannot be compiled, or the range is none. */
export function compileSelection(selector: DeadLetterSelector | undefined): Selection {
  const from = Number(selector?.fromSequence ?? 0n);
  const to = Number(selector?.toSequence ?? 0n) || Number.MAX_SAFE_INTEGER;
  if (from > to) throw new ControlError("invalid", `selector.from_sequence ${from} is above selector.to_sequence ${to}`);
  const fromMs = selector?.fromTime === undefined ? -Infinity : timestampMs(selector.fromTime);
  const toMs = selector?.toTime === undefined ? Infinity : timestampMs(selector.toTime);
  const ids = new Set(selector?.ids);
  const codes = new Set(selector?.codes);
  const filter = compiledFilter(selector);
  return {
    destination: selector?.destination === "" ? undefined : selector?.destination,
    ...{ from, to },
    needsRecord: filter !== undefined,
    takes(row) {
      if (row.sequence > to || (row.through ?? row.sequence) < from) return false;
      if (row.dueAtMs < fromMs || row.dueAtMs >= toMs) return false;
      if (ids.size > 0 && !ids.has(row.recordId)) return false;
      if (codes.size > 0 && !codes.has(row.code)) return false;
      return filter === undefined || filter(row);
    },
  };
}

/** Rows without a readable record, ranges among them, are taken by no filter. */
function compiledFilter(selector: DeadLetterSelector | undefined): ((row: DeliveryRow) => boolean) | undefined {
  if (selector?.filter === undefined) return undefined;
  try {
    const { test } = compileFilter(selector.filter, { from: "stranger" });
    return (row) => {
      const view = viewOfRow(row);
      return view !== undefined && test(view).take;
    };
  } catch (reason) {
    if (reason instanceof FilterError) throw new ControlError("invalid", `selector.filter.${reason.field}: ${reason.message}`);
    throw reason;
  }
}

export function viewOfRow({ bytes }: DeliveryRow): RecordView | undefined {
  const scanned = bytes === undefined ? undefined : scanRecord(bytes);
  return bytes !== undefined && scanned?.ok === true ? createRecordView(bytes, scanned.header) : undefined;
}

/** A destination's log, with the destination where it is configured. */
export interface SelectedLog {
  readonly log: DestinationLog;
  readonly destination: Destination | undefined;
}

/** Does the work with each log that the selection means, in the order of their names. @throws ControlError `not_found`. */
export async function withSelectedLogs(
  parts: RuntimeParts,
  selection: Selection,
  work: (selected: SelectedLog) => Promise<void>,
): Promise<void> {
  const names = (await parts.options.journal.destinations()).filter(
    (name) => selection.destination === undefined || selection.destination === name,
  );
  if (selection.destination !== undefined && names.length === 0)
    throw new ControlError("not_found", `there is no destination "${selection.destination}" in the journal`);
  for (const name of names.toSorted()) {
    const destination = parts.destinations.get(name);
    if (destination === undefined) await withRemovedLogs(parts, (log) => work({ log, destination }), name);
    else if (destination.opened !== undefined) await work({ log: destination.opened.log, destination });
  }
}

const pageRows = 200;

/** Expressions may cost a great deal of each record: others get their turn after so much of it. */
const turnMs = 20;

/** The dead letters of one log that the selection takes, in the order of their sequences, above `after`. */
export async function* selectedRows(
  log: DestinationLog,
  selection: Selection,
  options: { readonly after?: number; readonly withBytes: boolean },
): AsyncGenerator<DeliveryRow> {
  const withoutBytes = !options.withBytes && !selection.needsRecord;
  for (let after = options.after ?? 0, isLast = false; !isLast;) {
    const rows = await log.rows({ state: "dead", after, limit: pageRows, withoutBytes });
    let turnSince = performance.now();
    for (const row of rows) {
      if (performance.now() - turnSince > turnMs) {
        await nextTurn();
        turnSince = performance.now();
      }
      if (selection.takes(row)) yield row;
    }
    const last = rows.at(-1)?.sequence ?? after;
    isLast = rows.length < pageRows || last >= selection.to;
    after = last;
  }
}
