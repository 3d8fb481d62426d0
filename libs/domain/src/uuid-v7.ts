/* eslint-disable @typescript-eslint/no-non-null-assertion -- the slices have ten bytes, and there is a text for each byte */
export interface UuidV7Source {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Fills the bytes, e.g. `crypto.getRandomValues`. */
  random(bytes: Uint8Array<ArrayBuffer>): void;
}

/** Random bytes are fetched for so many ids at once: a call costs more than the bytes. */
const IDS_PER_FETCH = 64;
const RANDOM_BYTES_PER_ID = 10;
const COUNTER_MAX = 0xfff;

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * Makes ids as in RFC 9562, version 7, that rise: also within a millisecond, and when the clock steps back. The 12 bits after
 * the version are a counter that starts at random below 2^11 in each millisecond (section 6.2, method 1); when it is used up, the
 * time in the ids runs ahead of the clock.
 */
export function createUuidV7(source: UuidV7Source): () => string {
  const pool = new Uint8Array(IDS_PER_FETCH * RANDOM_BYTES_PER_ID);
  let used = pool.length;
  let lastMs = -1;
  let counter = 0;

  return () => {
    if (used === pool.length) {
      source.random(pool);
      used = 0;
    }
    const random = pool.subarray(used, used + RANDOM_BYTES_PER_ID);
    used += RANDOM_BYTES_PER_ID;
    const nowMs = Math.floor(source.now());
    const seed = ((random[8]! & 0x07) << 8) | random[9]!; // the slice has ten bytes
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = seed;
    } else if (++counter > COUNTER_MAX) {
      lastMs++;
      counter = seed;
    }
    return format(lastMs, counter, random);
  };
}

function format(timeMs: number, counter: number, random: Uint8Array): string {
  const time = timeMs.toString(16).padStart(12, "0");
  const sequence = counter.toString(16).padStart(3, "0");
  let tail = hex[(random[0]! & 0x3f) | 0x80]! + hex[random[1]!]! + "-";
  for (let at = 2; at < 8; at++) tail += hex[random[at]!]!;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence}-${tail}`;
}
