import type { Correlation } from "@tapio/contracts/domain/v1/correlation";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Finding } from "@tapio/contracts/domain/v1/finding";
import type { RecordView } from "@tapio/domain";
import type { HealthStatus } from "./health.ts";
import type { Outcome } from "./outcome.ts";
import type { Clock, Logger, Meter, Tracer } from "./telemetry.ts";

/**
 * Speaks to one kind of external system. One object serves one destination.
 *
 * The caller calls `initialize` once, and then any of the rest, also at the same time. It may call `close` at any moment. The
 * `process*` members never throw on purpose and never retry by themselves: they say what became of one attempt, and the
 * runtime decides. A throw counts as `internal`.
 */
export interface Integration<Config> {
  /** Kind of the integration, e.g. `webhooks`; the same for all its destinations. */
  readonly name: string;

  /**
   * Opens resources, nothing else. The config was parsed and validated before.
   * @throws IntegrationError `config_invalid` when the config cannot work on this machine, e.g. a certificate file is missing.
   * A receiver that is down is no error: deliveries find that out.
   */
  initialize(config: Config, context: IntegrationContext): Promise<void>;

  processEvent(event: Event, call: DeliveryCall): Promise<Outcome>;
  processFinding(finding: Finding, call: DeliveryCall): Promise<Outcome>;
  processCorrelation(correlation: Correlation, call: DeliveryCall): Promise<Outcome>;

  /**
   * For integrations that do better with many records than with one. The answer has one outcome per record, in their order.
   * Where present, the runtime calls this and not the three above.
   */
  processBatch?(records: readonly RecordView[], call: BatchCall): Promise<readonly Outcome[]>;

  /**
   * For integrations with state of their own, such as counters: the state after all that was processed so far. The runtime commits
   * it with the cursor as one write and gives it back as `context.restored`. It applies records in order, one batch at a time,
   * and calls this between batches only.
   */
  snapshot?(): Uint8Array;

  /** The last snapshot is durable: what it holds may be shown to the outside. See docs/adr/0002. */
  committed?(): void;

  /** Says whether the external system can be reached. Probes without sending data; ends when `call.signal` aborts. */
  health(call: HealthCall): Promise<HealthStatus>;

  /**
   * Ends calls in flight (their outcome is `canceled`) and frees everything. May be called twice, before `initialize`, and
   * during calls; ends within a second.
   */
  close(): Promise<void>;
}

/** What an integration is given beside its config. */
export interface IntegrationContext {
  /** The destination's unique name. */
  readonly name: string;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly tracer: Tracer;
  readonly clock: Clock;
  /** The last committed snapshot, for those that have `snapshot`. */
  readonly restored?: Uint8Array | undefined;
}

/** One attempt to deliver one record. */
export interface DeliveryCall {
  /** Aborts at the attempt's deadline and when the gateway stops. */
  readonly signal: AbortSignal;
  /** Constant over the attempts of one delivery. */
  readonly deliveryId: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
}

/** One attempt to deliver several records. */
export interface BatchCall {
  /** Aborts at the attempt's deadline and when the gateway stops. */
  readonly signal: AbortSignal;
  /** Per record, in the records' order. */
  readonly deliveries: readonly { readonly deliveryId: string; readonly attempt: number }[];
}

export interface HealthCall {
  readonly signal: AbortSignal;
}
