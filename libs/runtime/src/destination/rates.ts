import type { Clock } from "@tapio/integration-core";
import type { RecordOutcome } from "../delivery-metrics.ts";

/** Records per second over the last minute. */
export interface Rates {
  /** To be called about once a second. */
  sample(): void;
  perSecond(outcome: RecordOutcome): number;
}

const windowMs = 60_000;

export function createRates(clock: Clock, totals: Readonly<Record<RecordOutcome, number>>): Rates {
  const samples: { readonly atMs: number; readonly totals: Readonly<Record<RecordOutcome, number>> }[] = [
    { atMs: clock.now(), totals: { ...totals } },
  ];
  return {
    sample() {
      const atMs = clock.now();
      samples.push({ atMs, totals: { ...totals } });
      while (samples.length > 2 && (samples[1]?.atMs ?? atMs) <= atMs - windowMs) samples.shift();
    },
    perSecond(outcome) {
      const [first, last] = [samples[0], samples.at(-1)];
      if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
      return ((last.totals[outcome] - first.totals[outcome]) * 1000) / (last.atMs - first.atMs);
    },
  };
}
