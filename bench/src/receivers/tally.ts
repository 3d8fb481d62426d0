import { quantilesOf, type Quantiles } from "../report/statistics.ts";
import { readCounter, readSentAtMs } from "../records/record-id.ts";

/** What arrived of one load. */
export interface TallyReport {
  /** Different records. */
  readonly unique: number;
  readonly repeated: number;
  /** When the last new one arrived, in milliseconds since 1970. */
  readonly lastAtMs: number;
  /** From sending to arrival. */
  readonly deliveryMs: Quantiles;
}

/** Counts the records of one load as they arrive, each once. */
export interface Tally {
  note(id: string, nowMs: number): void;
  readonly unique: number;
  report(): TallyReport;
}

/** Of so many records one tells how long it took: what counts them must not cost as much as what brings them. */
const SAMPLE_EVERY = 10;
/** The quantiles are those of the last so many that told. */
const SAMPLES_MAX = 100_000;

export function createTally(prefix: string): Tally {
  let seen = new Uint8Array(1 << 17);
  const samples: number[] = [];
  let unique = 0;
  let repeated = 0;
  let lastAtMs = 0;
  return {
    note(id, nowMs) {
      const counter = readCounter(id, prefix);
      if (counter === undefined) return;
      const byte = counter >> 3;
      const bit = 1 << (counter & 7);
      if (byte >= seen.length) seen = grown(seen, byte + 1);
      if (((seen[byte] ?? 0) & bit) !== 0) {
        repeated += 1;
        return;
      }
      seen[byte] = (seen[byte] ?? 0) | bit;
      if (unique % SAMPLE_EVERY === 0) samples[(unique / SAMPLE_EVERY) % SAMPLES_MAX] = nowMs - readSentAtMs(id);
      unique += 1;
      lastAtMs = nowMs;
    },
    get unique() {
      return unique;
    },
    report: () => ({ unique, repeated, lastAtMs, deliveryMs: quantilesOf(samples) }),
  };
}

function grown(bits: Uint8Array<ArrayBuffer>, least: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(least, bits.length * 2));
  larger.set(bits);
  return larger;
}
