import { createDueHeap } from "./due-heap.ts";
import type { HeldRow, Lane } from "./delivery.ts";

/** The rows that may go, by when they are due. */
export interface DueRows {
  /** Not attempted after all. */
  putBack(held: HeldRow): void;
  /** It may have become the next to go, e.g. since its lane is free. */
  offer(held: HeldRow): void;
  /** When the next one may go; `undefined`: none. */
  nextDueAtMs(): number | undefined;
  /** Up to `max` that may go now, the earliest due first; each is in hand then, and its lane busy. */
  takeDue(nowMs: number, max: number): readonly HeldRow[];
}

/** The rows that may go, by when they are due. What may not go any more when its turn comes is dropped, and offered again when that changes. */
export function createDueRows(
  longestDelayMs: number,
  laneOf: (held: HeldRow) => Lane | undefined,
  isKnown: (held: HeldRow) => boolean,
): DueRows {
  const queue = createDueQueue(longestDelayMs);

  function isNext(held: HeldRow): boolean {
    if (!held.mayGo || held.isInHand || !isKnown(held)) return false;
    const lane = laneOf(held);
    return lane === undefined || (lane.busyWith === undefined && lane.rows[0] === held);
  }
  function offer(held: HeldRow): void {
    if (held.isQueued || !isNext(held)) return;
    held.isQueued = true;
    queue.push(held);
  }
  function first(): HeldRow | undefined {
    for (let held = queue.peek(); held !== undefined; held = queue.peek()) {
      if (isNext(held)) return held;
      queue.pop();
      held.isQueued = false;
    }
    return undefined;
  }

  return {
    offer,
    putBack(held) {
      held.isInHand = false;
      const lane = laneOf(held);
      if (lane !== undefined) lane.busyWith = undefined;
      // A replay may have put another row before it meanwhile.
      offer(lane?.rows[0] ?? held);
    },
    nextDueAtMs() {
      const held = first();
      return held === undefined ? undefined : dueOf(held);
    },
    takeDue(nowMs, max) {
      queue.follow(nowMs);
      const due: HeldRow[] = [];
      for (let held = first(); held !== undefined && due.length < max; held = first()) {
        if (dueOf(held) > nowMs) break;
        queue.pop();
        Object.assign(held, { isQueued: false, isInHand: true });
        const lane = laneOf(held);
        if (lane !== undefined) lane.busyWith = "row";
        due.push(held);
      }
      return due;
    },
  };
}

function dueOf({ state, dueAtMs }: HeldRow): number {
  return state === "parked" ? 0 : dueAtMs;
}

interface DueQueue {
  peek(): HeldRow | undefined;
  pop(): HeldRow | undefined;
  push(held: HeldRow): void;
  /** Says what time it is. */
  follow(nowMs: number): void;
}

/** Clocks are put right by less than this all the time, which is no reason to look at every row. */
const clockStepMs = 60_000;

/**
 * Rows by when they are due. What is due later than anything may be asked for, at the first look and whenever the clock was set back, is due now: it would
 * stand behind all the others for ever.
 */
function createDueQueue(longestDelayMs: number): DueQueue {
  const heap = createDueHeap<HeldRow>();
  /** The latest time that was seen since the clock was set back. */
  let latestMs = Infinity;

  function push(held: HeldRow): void {
    if (held.dueAtMs - latestMs > longestDelayMs) held.dueAtMs = latestMs;
    heap.push({ dueAtMs: dueOf(held), sequence: held.sequence, value: held });
  }
  return {
    peek: () => heap.peek()?.value,
    pop: () => heap.pop()?.value,
    push,
    follow(nowMs) {
      const isBack = nowMs < latestMs - clockStepMs;
      latestMs = isBack ? nowMs : Math.max(latestMs, nowMs);
      if (!isBack) return;
      const waiting: HeldRow[] = [];
      for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) waiting.push(entry.value);
      for (const held of waiting) push(held);
    },
  };
}
