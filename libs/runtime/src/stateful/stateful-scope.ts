import type { Clock, Tracer } from "@tapio/integration-core";
import type { DestinationChange } from "@tapio/journal";
import type { BoundIntegration } from "../bound-integration.ts";
import type { Committer } from "../committer.ts";
import type { Deadlines } from "../deadlines.ts";
import type { DeliveryMetrics } from "../delivery-metrics.ts";
import type { Intake } from "../intake.ts";
import type { PartialRejection } from "../partial-rejections.ts";
import type { RetryPolicy, WindowPolicy } from "../policy.ts";

/** What applying records to an integration with state of its own works with. */
export interface StatefulScope {
  readonly name: string;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly retry: RetryPolicy;
  readonly window: WindowPolicy;
  readonly intake: Intake;
  readonly committer: Committer;
  readonly metrics: DeliveryMetrics;
  readonly halt: AbortSignal;
  readonly deadlines: Deadlines;
  readonly configHash: string;
  random(): number;
  /** The durable cursor and state. */
  committed(): { readonly cursor: number; readonly state: Uint8Array | undefined };
  /** Makes the integration anew from this state; `undefined`: halted or refused. */
  open(state: Uint8Array | undefined): Promise<BoundIntegration | undefined>;
  close(): Promise<void>;
  onApplying(records: number): void;
  onCommitted(change: DestinationChange): void;
  onPartial(rejection: PartialRejection): void;
  noteError(code: string, message: string): void;
  /** Something failed and all since the last commit is applied again after a while; `undefined`: it works again. */
  onFailing(error: { code: string; message: string } | undefined): void;
  disable(code: string, message: string): void;
}
