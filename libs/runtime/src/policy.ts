import { durationMs, timestampMs, type Duration } from "@bufbuild/protobuf/wkt";
import type { RetryConfig, StartConfig, WindowConfig } from "@tapio/contracts/gateway/v1/config";

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
}

/** How much of one destination is in flight; every default is filled in. */
export interface WindowPolicy {
  /** Records given to the integration at once; never above `maxInFlightRecords`. */
  readonly maxBatchRecords: number;
  readonly maxInFlightRecords: number;
  /** How long one attempt may take. */
  readonly attemptTimeoutMs: number;
}

/** Where a destination starts the first time. */
export type StartPosition =
  | { readonly at: "head" }
  | { readonly at: "beginning" }
  | { readonly at: "sequence"; readonly after: number }
  | { readonly at: "time"; readonly atMs: number };

const secondMs = 1000;
const hourMs = 3_600_000;

/** Fills the defaults that `tapio.gateway.v1.RetryConfig` documents. */
export function retryPolicyFrom(config: RetryConfig | undefined): RetryPolicy {
  const initialDelayMs = millisecondsOr(config?.initialDelay, secondMs);
  return {
    initialDelayMs,
    maxDelayMs: Math.max(initialDelayMs, millisecondsOr(config?.maxDelay, 300 * secondMs)),
    multiplier: config === undefined || config.multiplier === 0 ? 2 : config.multiplier,
    maxAttempts: config === undefined || config.maxAttempts === 0 ? 20 : config.maxAttempts,
    maxAgeMs: millisecondsOr(config?.maxAge, 72 * hourMs),
  };
}

/** Fills the defaults that `tapio.gateway.v1.WindowConfig` documents. */
export function windowPolicyFrom(config: WindowConfig | undefined): WindowPolicy {
  const maxInFlightRecords = config === undefined || config.maxInFlightRecords === 0 ? 1000 : config.maxInFlightRecords;
  const maxBatchRecords = config === undefined || config.maxBatchRecords === 0 ? 100 : config.maxBatchRecords;
  return {
    maxBatchRecords: Math.min(maxBatchRecords, maxInFlightRecords),
    maxInFlightRecords,
    attemptTimeoutMs: millisecondsOr(config?.attemptTimeout, 60 * secondMs),
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
