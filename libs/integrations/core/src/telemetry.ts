/** Structured log: one event per call. Fields never hold secrets. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Label names to values; values come from bounded sets. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Makes instruments. Names are `tapio_<area>_<noun>_<unit>_total`; making the same name twice gives the same instrument. */
export interface Meter {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge;
  /** `bounds` are the upper bounds of the buckets, rising, in the metric's unit. */
  histogram(name: string, help: string, bounds: readonly number[], labelNames?: readonly string[]): Histogram;
}

export interface Counter {
  add(value: number, labels?: MetricLabels): void;
}

export interface Gauge {
  set(value: number, labels?: MetricLabels): void;
}

export interface Histogram {
  observe(value: number, labels?: MetricLabels): void;
}

/** Makes spans of the gateway's own work. */
export interface Tracer {
  startSpan(name: string, attributes?: Readonly<Record<string, string | number | boolean>>): TracerSpan;
}

export interface TracerSpan {
  setError(message: string): void;
  end(): void;
}

/** Time, so that tests can hold it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
