import type { Backlog } from "@tapio/journal";
import type { Breaker } from "../breaker.ts";
import type { Condition } from "../condition.ts";
import type { Damage } from "../damage.ts";
import type { DeliveryMetrics } from "../delivery-metrics.ts";
import type { DestinationOptions, DestinationSpec } from "../destination-spec.ts";
import type { DestinationDrain } from "../destination-status.ts";
import type { OpenedLog } from "./open-log.ts";
import type { Rates } from "./rates.ts";
import type { Session } from "./session.ts";
import type { StillState } from "./still-state.ts";

/** What one destination is made of; what changes in its life comes last. */
export interface Parts {
  readonly options: Omit<DestinationOptions, "spec">;
  readonly condition: Condition;
  readonly metrics: DeliveryMetrics;
  readonly rates: Rates;
  spec: DestinationSpec;
  opened: OpenedLog | undefined;
  session: Session | undefined;
  /** While it stands still. */
  still: StillState | undefined;
  backlog: Backlog;
  /** What the last session knew of the receiver. */
  breaker: Breaker;
  /** The next session attempts at once what waits: someone says that the receiver is mended, or it is another one. */
  isImpatient: boolean;
  /** The gateway stops: nothing begins any more. */
  isOver: boolean;
  drained: Promise<DestinationDrain> | undefined;
  /** Everything that an operator asked to be settled is. */
  onDrained: () => void;
  /** The session knows less than the log. */
  onStale: () => void;
  /** What comes next in the journal cannot be read. */
  onDamaged: (damage: Damage) => void;
}
