/** The longest delay that a receiver may ask for; what it asks beyond is cut, so that a broken header cannot park a delivery for years. */
export const retryAfterMaxMs = 86_400_000;

export interface BackoffShape {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
}

/**
 * The delay after failure number `failures` (from 1), up to 20 % shorter by jitter, so that what failed together does not come again together.
 * `random` is in 0..1.
 */
export function backoffMs(shape: BackoffShape, failures: number, random: number): number {
  const whole = Math.min(shape.maxDelayMs, shape.initialDelayMs * shape.multiplier ** (failures - 1));
  return withJitter(whole, random);
}

/** Up to 20 % shorter. */
export function withJitter(delayMs: number, random: number): number {
  return Math.round(delayMs * (1 - 0.2 * random));
}

/** What the receiver asked for is the least delay; up to 10 % is added to it, so that what was sent away together does not come back together. */
export function atLeastRetryAfterMs(delayMs: number, retryAfterMs: number | undefined, random: number): number {
  if (retryAfterMs === undefined || !(retryAfterMs > delayMs)) return delayMs;
  return Math.round(Math.min(retryAfterMs, retryAfterMaxMs) * (1 + 0.1 * random));
}

/** No delay that a policy or a receiver asks for is longer: a row that is due later was written while the clock was wrong. */
export function longestDelayMs(retry: { readonly maxDelayMs: number }): number {
  return Math.max(retry.maxDelayMs, retryAfterMaxMs) * 1.1;
}
