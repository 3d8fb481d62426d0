import { ownView } from "@tapio/domain";
import type { HeldRow, Lane, WarmRow } from "./delivery.ts";
import { createDueRows, type DueRows } from "./due-rows.ts";

/** All waiting and parked rows of one destination, without their records but for a few. */
export interface HeldRows extends DueRows {
  readonly waiting: number;
  readonly parked: number;
  lane(key: string): Lane | undefined;
  /** Made when it is missing. */
  openLane(key: string): Lane;
  /** Forgets it when nothing is in it. */
  closeLane(key: string): void;
  add(row: Pick<HeldRow, "sequence" | "key" | "state" | "dueAtMs" | "mayGo">, warm?: WarmRow): HeldRow;
  get(sequence: number): HeldRow | undefined;
  /** It waits for another attempt, under a row that is not durable yet. */
  wait(held: HeldRow, dueAtMs: number, warm: WarmRow): void;
  remove(held: HeldRow): void;
  /** It may go when it is due. */
  release(sequence: number): void;
}

export interface HeldRowsOptions {
  /** False: keys are ignored. */
  readonly isOrdered: boolean;
  /** What may be kept warm, in bytes. */
  readonly warmBytesMax: number;
  /** A row that is due later than this from now was written while the clock was wrong. */
  readonly longestDelayMs: number;
}

export function createHeldRows(options: HeldRowsOptions): HeldRows {
  const bySequence = new Map<number, HeldRow>();
  const lanes = new Map<string, Lane>();
  const counts = { waiting: 0, parked: 0 };
  const laneOf = (held: HeldRow): Lane | undefined => (held.key === undefined ? undefined : lanes.get(held.key));
  const due = createDueRows(options.longestDelayMs, laneOf, (held) => bySequence.get(held.sequence) === held);
  const warmth = createWarmth(options.warmBytesMax);

  return {
    get waiting() {
      return counts.waiting;
    },
    get parked() {
      return counts.parked;
    },
    ...createLanes(lanes),
    ...due,
    get: (sequence) => bySequence.get(sequence),
    add(row, warm) {
      const key = options.isOrdered ? row.key : undefined;
      const held: HeldRow = { ...row, key, isInHand: false, isQueued: false, warm: undefined };
      bySequence.set(held.sequence, held);
      counts[held.state] += 1;
      if (key !== undefined) insertInOrder(openLane(lanes, key).rows, held);
      if (warm !== undefined) warmth.keep(held, warm);
      due.offer(held);
      return held;
    },
    wait(held, dueAtMs, warm) {
      counts[held.state] -= 1;
      counts.waiting += 1;
      Object.assign(held, { state: "waiting", dueAtMs, mayGo: false, isInHand: false });
      warmth.keep(held, warm);
    },
    remove(held) {
      bySequence.delete(held.sequence);
      counts[held.state] -= 1;
      warmth.drop(held);
      const rows = laneOf(held)?.rows;
      if (rows?.includes(held) === true) rows.splice(rows.indexOf(held), 1);
    },
    release(sequence) {
      const held = bySequence.get(sequence);
      if (held === undefined) return;
      held.mayGo = true;
      due.offer(held);
    },
  };
}

function openLane(lanes: Map<string, Lane>, key: string): Lane {
  const found = lanes.get(key) ?? { busyWith: undefined, rows: [], behind: [] };
  lanes.set(key, found);
  return found;
}

function createLanes(lanes: Map<string, Lane>): Pick<HeldRows, "lane" | "openLane" | "closeLane"> {
  return {
    lane: (key) => lanes.get(key),
    openLane: (key) => openLane(lanes, key),
    closeLane(key) {
      const lane = lanes.get(key);
      if (lane !== undefined && lane.busyWith === undefined && lane.rows.length === 0 && lane.behind.length === 0) lanes.delete(key);
    },
  };
}

function insertInOrder(rows: HeldRow[], held: HeldRow): void {
  const after = rows.findLastIndex((row) => row.sequence < held.sequence);
  rows.splice(after + 1, 0, held);
}

/** With a copy of the record's bytes: they are a part of all that was read with it, up to a mebibyte, which it would keep in memory. */
function ownedOf({ row, view }: WarmRow): WarmRow {
  const own = ownView(view);
  return { row: row.bytes === undefined ? row : { ...row, bytes: own.bytes }, view: own };
}

/** Keeps records in memory up to a bound; what comes beyond it is read from the journal when it is due. */
function createWarmth(bytesMax: number): { keep(held: HeldRow, warm: WarmRow): void; drop(held: HeldRow): void } {
  let bytes = 0;
  const sizeOf = ({ row, view }: WarmRow): number => view.size + (row.history?.length ?? 0) + row.message.length;
  const drop = (held: HeldRow): void => {
    if (held.warm !== undefined) bytes -= sizeOf(held.warm);
    held.warm = undefined;
  };
  return {
    drop,
    keep(held, warm) {
      drop(held);
      if (bytes + sizeOf(warm) > bytesMax) return;
      bytes += sizeOf(warm);
      held.warm = ownedOf(warm);
    },
  };
}
