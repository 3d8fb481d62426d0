/** How counters are written down: the Prometheus text format 0.0.4, or OpenMetrics 1.0.0. */
export type ExpositionFormat = "text" | "openmetrics";

/** One counter metric, before it has any series. */
export interface CounterDefinition {
  /** The name between the prefix and `_total`, e.g. `events`; also its name in the snapshot. */
  readonly metric: string;
  /** One sentence, shown as HELP. */
  readonly help: string;
  /** The labels, in the order in which keys and the output hold them. */
  readonly labelNames: readonly string[];
  /** Whether the series budget holds for it. */
  readonly budgeted: boolean;
}

/** Points from a count to the trace of the record that was counted last. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  /** The record's time since 1970-01-01T00:00:00Z; absent when the record has none. */
  readonly time?: { readonly seconds: bigint | number; readonly nanos: number } | undefined;
}

/** One record as it is counted: by which metric, in which series, and with which exemplar. */
export interface Sample {
  readonly definition: CounterDefinition;
  /** The label values in the definition's order, joined by NUL; see `seriesKey`. */
  readonly key: string;
  readonly exemplar: Exemplar | undefined;
}
