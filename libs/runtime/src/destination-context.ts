import type { Clock } from "@tapio/integration-core";
import type { RecordView } from "@tapio/domain";
import type { DeliveryRow, DestinationLog, Journal } from "@tapio/journal";
import type { Breaker } from "./breaker.ts";
import type { Committer } from "./committer.ts";
import type { Condition } from "./condition.ts";
import type { Deadlines } from "./deadlines.ts";
import type { DeliveryMetrics } from "./delivery-metrics.ts";
import type { IntegrationHost } from "./integration-host.ts";
import type { Ledger } from "./ledger.ts";
import type { PartialRejection } from "./partial-rejections.ts";
import type { RetryPolicy, WindowPolicy } from "./policy.ts";
import type { RecordReader, UnreadableRecord } from "./record-reader.ts";

/** What both ways of delivering, with and without state, are given. */
export interface DestinationContext {
  readonly name: string;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly window: WindowPolicy;
  readonly journal: Journal;
  readonly reader: RecordReader;
  readonly log: DestinationLog;
  readonly ledger: Ledger;
  readonly committer: Committer;
  readonly condition: Condition;
  readonly metrics: DeliveryMetrics;
  readonly host: IntegrationHost;
  /** Sequences above the first cursor that have a row. */
  readonly held: ReadonlySet<number>;
  /** No new attempts. */
  readonly halt: AbortSignal;
  /** Ends attempts: late ones, and all when the gateway no longer waits. */
  readonly deadlines: Deadlines;
  takes(view: RecordView): boolean;
  random(): number;
  /** The destination stops, visibly; its cursor stands. */
  disable(code: string, message: string): void;
  /** Called once for each request of which a part was rejected. */
  onPartial(rejection: PartialRejection): void;
  /** Called when the journal begins or ends to fail, and when the breaker changes its state. */
  onBreaker(from: Breaker, to: Breaker): void;
}

/** One way of delivering. */
export interface Delivering {
  readonly inFlight: number;
  readonly breaker: Breaker["state"];
  /** Nothing is attempted while the journal fails. */
  hold(held: boolean): void;
  /** Delivers until halted; resolves when nothing is in flight any more. */
  run(): Promise<void>;
  /** After the halt: writes what is settled. Gives back how many deliveries were taken up and not finished. */
  finish(): Promise<number>;
}

/** The dead letter of a record that cannot be read from the journal. */
export function unreadableRow({ sequence, problem, bytes }: UnreadableRecord, nowMs: number): DeliveryRow {
  return {
    sequence,
    recordId: `unreadable-${sequence}`,
    state: "dead",
    attempts: 0,
    firstAttemptAtMs: nowMs,
    dueAtMs: nowMs,
    code: "record_invalid",
    message: `the journal's record cannot be read: ${problem}`,
    bytes,
  };
}

/** A journal's error as one sentence. */
export function journalTrouble(doing: string, reason: unknown): string | undefined {
  return reason === undefined ? undefined : `${doing}: ${reason instanceof Error ? reason.message : String(reason)}`;
}
