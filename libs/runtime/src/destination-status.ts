import type { Breaker } from "./breaker.ts";

/**
 * | state | meaning |
 * | --- | --- |
 * | `starting` | its integration is not initialized yet, or failed to and will be again |
 * | `running` | delivers, or waits for records; see `breaker` |
 * | `backing_off` | stateful only: something failed, and what came since the last commit is applied again after a while |
 * | `journal_failing` | the journal cannot be read or written; nothing is attempted until it can |
 * | `draining` | settles everything up to a point because an operator said so, and is paused then |
 * | `blocked_by_key` | the cursor stands: too many deliveries are parked behind stuck keys |
 * | `blocked_by_retries` | the cursor stands: too many deliveries wait for their next attempt |
 * | `paused` | an operator stopped it |
 * | `disabled` | the config cannot work, or the receiver wants no more: a person is needed; the cursor stands |
 * | `fenced` | another holder took its log over, or the journal was closed |
 * | `stopped` | drained |
 */
export type DestinationState =
  | "starting"
  | "running"
  | "backing_off"
  | "journal_failing"
  | "draining"
  | "blocked_by_key"
  | "blocked_by_retries"
  | "paused"
  | "disabled"
  | "fenced"
  | "stopped";

/** What one destination is doing. */
export interface DestinationStatus {
  readonly name: string;
  /** Kind of the integration, e.g. `webhooks`; empty before it was made. */
  readonly integration: string;
  readonly state: DestinationState;
  /** Why it is in this state, for a person; empty when there is nothing to say. */
  readonly reason: string;
  readonly breaker: Breaker["state"];
  /** Everything at or below it is settled and durable. */
  readonly cursor: number;
  /** Journal head minus cursor. */
  readonly lag: number;
  /** Bytes of these records, and when the oldest was appended; as of the last look, a second ago at most. */
  readonly lagBytes: number;
  readonly oldestAtMs: number | undefined;
  readonly inFlight: number;
  /** Waiting rows. */
  readonly waiting: number;
  /** Parked rows. */
  readonly parked: number;
  /** When the next waiting row is due. */
  readonly nextDueAtMs: number | undefined;
  /** Records per second over the last minute. */
  readonly deliveredPerSecond: number;
  readonly failedPerSecond: number;
  /** Records since this process started. */
  readonly delivered: number;
  readonly skipped: number;
  readonly configHash: string;
  /** Dead letters. */
  readonly dead: number;
  readonly lastError: DestinationError | undefined;
}

export interface DestinationError {
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
}

/** What a drain left behind for one destination. Everything in it is kept, and goes on after the next start. */
export interface DestinationDrain {
  readonly name: string;
  readonly cursor: number;
  readonly lag: number;
  readonly waiting: number;
  /** Deliveries that were taken up and not finished; none of it counts as an attempt. */
  readonly unfinished: number;
}
