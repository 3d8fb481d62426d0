import type { Outcome } from "@tapio/integration-core";
import type { RecordView } from "@tapio/domain";
import type { DeliveryRow, DestinationChange } from "@tapio/journal";
import type { Delivery } from "./delivery.ts";
import type { Breaker } from "../breaker.ts";
import type { PartialRejection } from "../partial-rejections.ts";
import type { ReadRecord } from "../record-reader.ts";
import type { HeldRow } from "./delivery.ts";

/** What happens to a destination's machine. Everything else follows from it. */
export type MachineEvent =
  /** Time has passed. */
  | { readonly kind: "tick" }
  /** Records above the position, in order. */
  | { readonly kind: "read"; readonly records: readonly ReadRecord[] }
  | { readonly kind: "fetched"; readonly rows: readonly FetchedRow[] }
  /** Reading failed, was noted, and the shell's backoff has passed: the rows may be fetched again. */
  | { readonly kind: "fetch_failed"; readonly rows: readonly HeldRow[] }
  | { readonly kind: "attempted"; readonly attempt: Attempt; readonly outcomes: readonly Outcome[] }
  | { readonly kind: "committed" }
  /** Nothing is known to be written, and the shell's backoff has passed: the same is tried again. */
  | { readonly kind: "commit_failed" }
  /** The log is another's, or closed: nothing can be written any more. */
  | { readonly kind: "log_lost" }
  /** Waiting rows that someone else made durable, e.g. a replay. */
  | { readonly kind: "rows_added"; readonly rows: readonly DeliveryRow[] }
  /** No attempts while the journal fails. */
  | { readonly kind: "hold"; readonly isHeld: boolean }
  /** Settle everything up to here, rows included, and nothing above. */
  | { readonly kind: "drain_to"; readonly sequence: number }
  /** No new attempts. */
  | { readonly kind: "halt" }
  /** Nothing is waited for any more: write what is settled. */
  | { readonly kind: "finish" };

/** A row with its record; `problem` where there is none that can be read, `isGone` where the journal has no such row in its state. */
export type FetchedRow = { readonly held: HeldRow } & (
  | { readonly row: DeliveryRow; readonly view: RecordView }
  | { readonly row: DeliveryRow; readonly problem: string }
  | { readonly isGone: true }
);

/** What the machine asks its shell to do. */
export type MachineEffect =
  /** Answer with `read` once there is something above `after`. */
  | { readonly kind: "read"; readonly after: number }
  | { readonly kind: "fetch"; readonly rows: readonly HeldRow[] }
  | { readonly kind: "attempt"; readonly attempt: Attempt }
  /** Answer with `committed`, `commit_failed` or `log_lost`. */
  | { readonly kind: "commit"; readonly change: DestinationChange }
  | { readonly kind: "breaker"; readonly from: Breaker; readonly to: Breaker }
  | { readonly kind: "partial"; readonly rejection: PartialRejection }
  /** The destination stops, visibly; its cursor stands. */
  | { readonly kind: "disable"; readonly code: string; readonly message: string }
  /** What `drain_to` asked for is done. */
  | { readonly kind: "drained" };

/** One try of one or many deliveries. */
export interface Attempt {
  readonly deliveries: readonly Delivery[];
  readonly bytes: number;
  /** A probe is not counted when the receiver still does not work. */
  readonly entry: "go" | "probe";
  readonly startedAtMs: number;
}

/** What the destination does with a record that was read. */
export type Judgement =
  | { readonly kind: "take"; readonly key: string | undefined }
  | { readonly kind: "skip"; readonly reason: string }
  | { readonly kind: "unreadable"; readonly problem: string };
