import type { Clock } from "@tapio/integration-core";
import type { DestinationLog } from "@tapio/journal";
import type { Delivery } from "./attempt.ts";
import type { BoundIntegration } from "./bound-integration.ts";
import type { Deadlines } from "./deadlines.ts";
import type { DeliveryMetrics } from "./delivery-metrics.ts";
import type { Gate } from "./gate.ts";
import type { PartialRejection } from "./partial-rejections.ts";
import type { RetryPolicy, WindowPolicy } from "./policy.ts";
import type { Room } from "./room.ts";
import type { Settlement } from "./settlement.ts";
import type { Wake } from "./wake.ts";
import type { WindowRange, WindowTracker } from "./window-tracker.ts";

/** Bytes of records in flight to one destination; a larger single record passes alone. */
export const inFlightBytesMax = 16 * 1024 * 1024;

/** What the loops of one destination work with. */
export interface DeliveryScope {
  readonly name: string;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly window: WindowPolicy;
  readonly integration: BoundIntegration;
  readonly log: DestinationLog;
  readonly gate: Gate;
  readonly room: Room;
  readonly tracker: WindowTracker;
  readonly settlement: Settlement;
  readonly metrics: DeliveryMetrics;
  /** Woken whenever something settled. */
  readonly settled: Wake;
  /** Woken when waiting rows became durable. */
  readonly rowsChanged: Wake;
  /** Ranges that stay open because some of their deliveries were left in place, with those. */
  readonly left: Map<WindowRange, readonly Delivery[]>;
  /** No new attempts. */
  readonly halt: AbortSignal;
  /** Ends attempts. */
  readonly deadlines: Deadlines;
  random(): number;
  /** The destination stops, visibly; its cursor stands. */
  disable(code: string, message: string): void;
  onPartial(rejection: PartialRejection): void;
  noteError(code: string, message: string): void;
}
