import type { Clock, Logger, Meter, Tracer } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";
import type { Destination } from "./destination/destination.ts";
import type { DestinationSpec } from "./destination-spec.ts";

export interface RuntimeOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly tracer: Tracer;
  /** In 0..1, for jitter. */
  random(): number;
  readonly destinations: readonly DestinationSpec[];
  /** How long a cursor that moved, and nothing else, waits after the write before it; default 10 ms. What a crash meanwhile has delivered again is that time's. */
  readonly cursorPaceMs?: number | undefined;
}

/** What a runtime is made of. */
export interface RuntimeParts {
  readonly options: RuntimeOptions;
  /** In the configuration's order. */
  readonly destinations: Map<string, Destination>;
  make(spec: DestinationSpec): Destination;
  readonly isEnding: AbortSignal;
}
