import { durationMs, timestampMs, type Duration } from "@bufbuild/protobuf/wkt";
import { OnFull, Ordering } from "@tapio/contracts/gateway/v1/config";
import type { DestinationConfig, RetryConfig, StartConfig, WindowConfig } from "@tapio/contracts/gateway/v1/config";

/** How a delivery is tried again; every default is filled in. */
export interface RetryPolicy {
  /** Delay after the first attempt. */
  readonly initialDelayMs: number;
  /** The longest delay between two attempts, but for what the receiver asks for. */
  readonly maxDelayMs: number;
  /** Factor from one delay to the next. */
  readonly multiplier: number;
  /** Attempts before the delivery becomes a dead letter. */
  readonly maxAttempts: number;
  /** Age since the first attempt at which a failed delivery becomes a dead letter. */
  readonly maxAgeMs: number;
  /** The delays one by one, in place of the first three: when they are used up, the delivery becomes a dead letter. */
  readonly scheduleMs?: readonly number[] | undefined;
}

/** How much of one destination is in flight and held; every default is filled in. */
export interface WindowPolicy {
  /** Records given to the integration at once; never above `maxInFlightRecords`. */
  readonly maxBatchRecords: number;
  readonly maxInFlightRecords: number;
  /** A larger single record passes alone. */
  readonly maxInFlightBytes: number;
  /** Attempts in flight at once; `Infinity`: as many as records and bytes admit. */
  readonly maxConcurrentAttempts: number;
  /** How long a batch that is not full waits for more. */
  readonly lingerMs: number;
  /** Records whose attempts may begin per second, retries included; `Infinity`: no bound. */
  readonly maxRecordsPerSecond: number;
  /** How long one attempt may take. */
  readonly attemptTimeoutMs: number;
  /** Waiting rows at which the cursor stops. */
  readonly maxWaitingRecords: number;
  /** With ordering by key: waiting and parked rows at which nothing more is parked. */
  readonly maxParkedRecords: number;
}

/** In which order records are delivered. An empty expression stands for the record's first resource. */
export type OrderingPolicy = { readonly by: "none" } | { readonly by: "key"; readonly expression: string };

/** How far a destination may fall behind, and what happens then. */
export interface BacklogPolicy {
  /** Bytes of records above the cursor; `Infinity`: no bound. */
  readonly bytesMax: number;
  /** Time since the oldest of them was appended; `Infinity`: no bound. */
  readonly ageMsMax: number;
  /** `refuse`: nothing is accepted until it has caught up. `detach`: the oldest are given up as one dead-letter range. */
  readonly onFull: "refuse" | "detach";
}

/** Where a destination starts the first time. */
export type StartPosition =
  | { readonly at: "head" }
  | { readonly at: "beginning" }
  | { readonly at: "sequence"; readonly after: number }
  | { readonly at: "time"; readonly atMs: number };

const secondMs = 1000;
const hourMs = 3_600_000;

const mebibyte = 1024 * 1024;

/**
 * Standard Webhooks' recommendation, without its first entry, the attempt that is made at once.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
 */
const webhooksScheduleMs = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400].map((seconds) => seconds * secondMs);

/** Fills the defaults that `tapio.gateway.v1.RetryConfig` documents, for a destination of this kind. */
export function retryPolicyFrom(config: RetryConfig | undefined, kind = ""): RetryPolicy {
  const initialDelayMs = millisecondsOr(config?.initialDelay, secondMs);
  const scheduleMs = scheduleOf(config, kind);
  return {
    initialDelayMs,
    maxDelayMs: Math.max(initialDelayMs, millisecondsOr(config?.maxDelay, 300 * secondMs), ...(scheduleMs ?? [])),
    multiplier: config === undefined || config.multiplier === 0 ? 2 : config.multiplier,
    maxAttempts: config?.maxAttempts || (scheduleMs === undefined ? 20 : scheduleMs.length + 1),
    maxAgeMs: millisecondsOr(config?.maxAge, scheduleMs === undefined ? 72 * hourMs : Infinity),
    ...(scheduleMs === undefined ? {} : { scheduleMs }),
  };
}

function scheduleOf(config: RetryConfig | undefined, kind: string): readonly number[] | undefined {
  if (config !== undefined && config.schedule.length > 0) return config.schedule.map(durationMs);
  const isShaped = config?.initialDelay !== undefined || config?.maxDelay !== undefined || (config?.multiplier ?? 0) !== 0;
  return kind === "webhooks" && !isShaped ? webhooksScheduleMs : undefined;
}

/**
 * An OTLP request is answered as a whole, over few connections: what a receiver takes per second is about their number times this, over the time that
 * an answer takes. OpenTelemetry's SDKs send up to 512 spans at once.
 */
const otelBatchRecords = 500;

/** Fills the defaults that `tapio.gateway.v1.WindowConfig` documents, for a destination of this kind. */
export function windowPolicyFrom(config: WindowConfig | undefined, kind = ""): WindowPolicy {
  const maxInFlightRecords = config?.maxInFlightRecords || 1000;
  const usualBatchRecords = kind === "otel" ? otelBatchRecords : 100;
  return {
    maxBatchRecords: Math.min(config?.maxBatchRecords || usualBatchRecords, maxInFlightRecords),
    maxInFlightRecords,
    maxInFlightBytes: Number(config?.maxInFlightBytes ?? 0n) || 16 * mebibyte,
    maxConcurrentAttempts: config?.maxConcurrentAttempts || Infinity,
    lingerMs: millisecondsOr(config?.linger, 0),
    maxRecordsPerSecond: config?.maxRecordsPerSecond || Infinity,
    attemptTimeoutMs: millisecondsOr(config?.attemptTimeout, 60 * secondMs),
    maxWaitingRecords: config?.maxWaitingRecords || 100_000,
    maxParkedRecords: config?.maxParkedRecords || 10_000,
  };
}

/** Fills the defaults that `tapio.gateway.v1.DestinationConfig` documents: no order. */
export function orderingFrom(config: Pick<DestinationConfig, "ordering" | "orderingKey">): OrderingPolicy {
  return config.ordering === Ordering.KEY ? { by: "key", expression: config.orderingKey } : { by: "none" };
}

/** `undefined`: the destination may fall behind as far as the journal has room. */
export function backlogFrom(config: Pick<DestinationConfig, "maxBacklog" | "onFull">): BacklogPolicy | undefined {
  const { maxBacklog, onFull } = config;
  if (maxBacklog === undefined) return undefined;
  return {
    bytesMax: Number(maxBacklog.bytes) || Infinity,
    ageMsMax: millisecondsOr(maxBacklog.age, Infinity),
    onFull: onFull === OnFull.DETACH ? "detach" : "refuse",
  };
}

/** Fills the default that `tapio.gateway.v1.StartConfig` documents: the head. */
export function startFrom(config: StartConfig | undefined): StartPosition {
  switch (config?.at.case) {
    case "beginning":
      return { at: "beginning" };
    case "afterSequence":
      return { at: "sequence", after: Number(config.at.value) };
    case "time":
      return { at: "time", atMs: timestampMs(config.at.value) };
    case "head":
    case undefined:
      return { at: "head" };
  }
}

function millisecondsOr(duration: Duration | undefined, absentMs: number): number {
  return duration === undefined ? absentMs : durationMs(duration);
}
