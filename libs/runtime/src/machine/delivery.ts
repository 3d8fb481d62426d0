import type { RecordView } from "@tapio/domain";
import type { DeliveryRow } from "@tapio/journal";

// What the machine moves about: deliveries, their places in the window, and the rows that hold what is not settled at once.

/** One record on its way to one destination. */
export interface Delivery {
  readonly sequence: number;
  /** When the journal took it; `undefined` for one that comes from a row. */
  readonly appendedAtMs: number | undefined;
  readonly view: RecordView;
  /** Which attempt comes next, from 1. */
  readonly attempt: number;
  /** `undefined` before the first attempt. */
  readonly firstAttemptAtMs: number | undefined;
  /** What it is ordered by; `undefined`: nothing. */
  readonly key: string | undefined;
  /** Its place in the window; `undefined` for one that comes from a row. */
  readonly place: number | undefined;
  /** The row that it comes from. */
  readonly held: HeldRow | undefined;
  /** The attempts before this one, as rows keep them. */
  readonly history: Uint8Array | undefined;
}

/** How a place in the window was settled. `held`: by a row that is durable no later than the cursor that passes it. */
export type SlotEnd = { readonly kind: "delivered" } | { readonly kind: "held" } | { readonly kind: "skipped"; readonly reason: string };

export const deliveredEnd: SlotEnd = Object.freeze({ kind: "delivered" });
export const heldEnd: SlotEnd = Object.freeze({ kind: "held" });

/** A waiting or parked row of the journal, as the machine knows it. */
export interface HeldRow {
  readonly sequence: number;
  /** What it is ordered by; `undefined`: nothing. */
  readonly key: string | undefined;
  state: "waiting" | "parked";
  dueAtMs: number;
  /** Its row is durable, and nothing before it is unknown. */
  mayGo: boolean;
  /** Being fetched, cleared to go, or attempted. */
  isInHand: boolean;
  isQueued: boolean;
  /** The row and its record, kept while there is room: a retry after a moment needs no read. */
  warm: WarmRow | undefined;
}

export interface WarmRow {
  readonly row: DeliveryRow;
  readonly view: RecordView;
}

/** Records of one key, which go one after the other: first the rows, then what is in the window behind them. */
export interface Lane {
  /** One of it is cleared to go or attempted: a row, or one from the window; `undefined`: none. */
  busyWith: "row" | "window" | undefined;
  /** Waiting and parked, in the order of sequences; only the first may go. */
  readonly rows: HeldRow[];
  /** In the window, in the order of sequences. */
  readonly behind: Delivery[];
}
