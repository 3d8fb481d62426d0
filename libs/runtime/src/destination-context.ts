import type { Clock, Tracer } from "@tapio/integration-core";
import type { DeliveryRow, DestinationLog, Journal } from "@tapio/journal";
import type { Breaker } from "./breaker.ts";
import type { Committer } from "./committer.ts";
import type { Condition } from "./condition.ts";
import type { Damage } from "./damage.ts";
import type { Deadlines } from "./deadlines.ts";
import type { DeliveryMetrics } from "./delivery-metrics.ts";
import type { IntegrationHost } from "./integration-host.ts";
import type { Judge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import type { PartialRejection } from "./partial-rejections.ts";
import type { RetryPolicy, WindowPolicy } from "./policy.ts";
import type { RecordReader } from "./record-reader.ts";

/** What both ways of delivering, with and without state, are given for one session: from a start to the next stop. */
export interface DestinationContext {
  readonly name: string;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly retry: RetryPolicy;
  readonly window: WindowPolicy;
  readonly isOrdered: boolean;
  readonly configHash: string;
  readonly journal: Journal;
  readonly reader: RecordReader;
  readonly log: DestinationLog;
  readonly ledger: Ledger;
  readonly committer: Committer;
  readonly condition: Condition;
  readonly metrics: DeliveryMetrics;
  readonly host: IntegrationHost;
  readonly judge: Judge;
  /** How the session before left it. */
  readonly breaker: Breaker;
  /** What waits is due at once. */
  readonly isImpatient: boolean;
  readonly cursorPaceMs?: number | undefined;
  /** The durable cursor when the rows were read. */
  readonly cursor: number;
  /** Sequences above the cursor that have a row. */
  readonly above: ReadonlySet<number>;
  /** Waiting and parked rows, without their records. */
  readonly rows: readonly DeliveryRow[];
  /** No new attempts. */
  readonly halt: AbortSignal;
  /** Ends attempts: late ones, and all when the gateway no longer waits. */
  readonly deadlines: Deadlines;
  random(): number;
  /** What comes next in the journal cannot be read: another session goes on behind it. */
  onDamaged(damage: Damage): void;
  /** The destination stops, visibly; its cursor stands. */
  disable(code: string, message: string): void;
  /** Called once for each request of which a part was rejected. */
  onPartial(rejection: PartialRejection): void;
  /** Called when the breaker changes its state. */
  onBreaker(from: Breaker, to: Breaker): void;
}

/** One way of delivering. */
export interface Delivering {
  readonly inFlight: number;
  readonly breaker: Breaker;
  readonly waiting: number;
  readonly parked: number;
  readonly nextDueAtMs: number | undefined;
  /** Why the cursor stands although the receiver works. */
  readonly blocked: "key" | "retries" | undefined;
  /** Nothing is attempted while the journal fails. */
  hold(isHeld: boolean): void;
  /** Waiting rows that someone else made durable. */
  rowsAdded(rows: readonly DeliveryRow[]): void;
  /** Settles everything up to here, and ends. */
  drainTo(sequence: number): void;
  /** Delivers until halted or drained; resolves when nothing is in flight any more. */
  run(): Promise<"halted" | "drained">;
  /** After that: writes what is settled. Gives back how many deliveries were taken up and not finished. */
  finish(): Promise<number>;
}

/** A journal's error as one sentence. */
export function journalTrouble(doing: string, reason: unknown): string | undefined {
  return reason === undefined ? undefined : `${doing}: ${reason instanceof Error ? reason.message : String(reason)}`;
}
