import type { TapioClientError, TapioErrorCode } from "./tapio-client-error.ts";

export interface ReconnectOptions {
  /** The first delay, in milliseconds; default 250. Doubles with each failure in a row. */
  readonly initialDelayMs?: number;
  /** The largest delay, in milliseconds; default 30,000. */
  readonly maxDelayMs?: number;
  /** How many failures in a row end the subscription; default: none does. */
  readonly maxAttempts?: number;
}

/** A broken connection, before the next try. */
export interface ReconnectEvent {
  readonly error: TapioClientError;
  /** How many failures in a row this makes, from 1. */
  readonly attempt: number;
  /** When the next try is made. */
  readonly delayMs: number;
}

/** Answers that the same request gets again, however often it is sent. */
const finalCodes: ReadonlySet<TapioErrorCode> = new Set([
  "invalid_argument",
  "not_found",
  "already_exists",
  "permission_denied",
  "unauthenticated",
  "failed_precondition",
  "out_of_range",
  "unimplemented",
]);

/**
 * The delay before the next try, or `undefined` when there is none to be made. It doubles up to the bound, of which half is random, so that
 * many clients do not come at once, and it is never below what the server asked for.
 * @param attempt how many failures in a row there were, from 1
 * @param random from 0 to 1
 */
export function reconnectDelayMs(error: TapioClientError, attempt: number, options: ReconnectOptions, random: number): number | undefined {
  const { initialDelayMs = 250, maxDelayMs = 30_000, maxAttempts = Infinity } = options;
  if (finalCodes.has(error.code) || attempt >= maxAttempts) return undefined;
  const ceilingMs = Math.min(maxDelayMs, initialDelayMs * 2 ** Math.min(attempt - 1, 30));
  return Math.max(error.retryAfterMs ?? 0, Math.round(ceilingMs * (0.5 + random / 2)));
}
