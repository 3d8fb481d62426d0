import type { DeliveryRow } from "@tapio/journal";

export type StagedRow = DeliveryRow | "remove";

/** Rows on their way to the journal; the last word on each sequence stands. */
export interface Staging {
  readonly size: number;
  /** How many were ever added, and how many of those are durable. */
  readonly added: number;
  readonly durableCount: number;
  add(sequence: number, row: StagedRow): void;
  /** Takes all for one commit. */
  take(): StagedRows;
  durable(taken: StagedRows): void;
  /** The commit failed: they are staged again, but for those on which there is a later word. */
  giveBack(taken: StagedRows): void;
}

export interface StagedRows {
  readonly rows: ReadonlyMap<number, StagedRow>;
  readonly addedBefore: number;
}

export function createStaging(): Staging {
  let rows = new Map<number, StagedRow>();
  let added = 0;
  let durableCount = 0;
  return {
    get size() {
      return rows.size;
    },
    get added() {
      return added;
    },
    get durableCount() {
      return durableCount;
    },
    add(sequence, row) {
      rows.set(sequence, row);
      added += 1;
    },
    take() {
      const taken = { rows, addedBefore: added };
      rows = new Map();
      return taken;
    },
    durable(taken) {
      durableCount = taken.addedBefore;
    },
    giveBack(taken) {
      rows = new Map([...taken.rows, ...rows]);
    },
  };
}
