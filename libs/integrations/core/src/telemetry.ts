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
  /** `times`: how many observations of this value; default 1. */
  observe(value: number, labels?: MetricLabels, times?: number): void;
}

/** Makes spans of the gateway's own work. Names are few and fixed; what differs goes into attributes, never a record's content or a secret. */
export interface Tracer {
  /** A span that begins now, below the one that `run` made current, if any. */
  startSpan(name: string, attributes?: SpanAttributes): TracerSpan;
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface TracerSpan {
  /** Adds what is known only later. */
  set(attributes: SpanAttributes): void;
  setError(message: string): void;
  /** Runs `work`, and all that it begins, with this span as the current one: spans begin below it, and log lines name it. */
  run<T>(work: () => T): T;
  end(): void;
}

/** Time, so that tests can hold it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
