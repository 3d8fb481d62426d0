/** A token bucket: so many records per second, with bursts of a second's worth at most. Time is the caller's. */
export interface RateBucket {
  /** Whole records that may begin now. */
  available(nowMs: number): number;
  spend(records: number): void;
  /** When `records` may begin, in milliseconds since 1970. */
  readyAtMs(records: number, nowMs: number): number;
}

export function createRateBucket(recordsPerSecond: number): RateBucket {
  const capacity = Math.max(1, recordsPerSecond);
  let tokens = capacity;
  let filledAtMs: number | undefined;

  function fill(nowMs: number): void {
    // A clock that was set back gives nothing, and takes nothing either.
    const passedMs = Math.max(0, nowMs - (filledAtMs ?? nowMs));
    tokens = Math.min(capacity, tokens + (passedMs * recordsPerSecond) / 1000);
    filledAtMs = nowMs;
  }

  return {
    available(nowMs) {
      if (recordsPerSecond === Infinity) return Infinity;
      fill(nowMs);
      return Math.floor(tokens);
    },
    spend(records) {
      if (recordsPerSecond !== Infinity) tokens -= records;
    },
    readyAtMs: (records, nowMs) => nowMs + Math.max(1, Math.ceil(((records - tokens) * 1000) / recordsPerSecond)),
  };
}
