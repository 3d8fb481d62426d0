import type { RecordFilter } from "@tapio/contracts/domain/v1/record";
import type { Clock, Logger, Meter, Tracer } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";
import type { BoundIntegration } from "./bound-integration.ts";
import type { BacklogPolicy, OrderingPolicy, RetryPolicy, StartPosition, WindowPolicy } from "./policy.ts";
import type { RecordReader } from "./record-reader.ts";

/** A destination as it is configured. */
export interface DestinationSpec {
  /** Unique; names its log. */
  readonly name: string;
  /** Kind of its integration, e.g. `webhooks`. It belongs to the name for good: another kind under the same name is refused. */
  readonly kind: string;
  /** Which records it takes; absent: all. */
  readonly filter?: RecordFilter | undefined;
  /** Where it starts the first time. */
  readonly start: StartPosition;
  readonly retry: RetryPolicy;
  readonly window: WindowPolicy;
  /** Absent: no order. */
  readonly ordering?: OrderingPolicy | undefined;
  /** Absent: it may fall behind as far as the journal has room. */
  readonly backlog?: BacklogPolicy | undefined;
  /** Identifies the whole configuration of this destination: two specs with one hash are the same. Shown by `explain`. */
  readonly configHash: string;
  /** Makes a new, uninitialized integration at each call; see `bindIntegration`. */
  readonly create: () => BoundIntegration;
}

export interface DestinationOptions {
  readonly spec: DestinationSpec;
  readonly journal: Journal;
  readonly reader: RecordReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly tracer: Tracer;
  /** See `RuntimeOptions`. */
  readonly cursorPaceMs?: number | undefined;
  random(): number;
}
