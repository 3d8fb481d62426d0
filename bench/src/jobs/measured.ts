import { median, type Quantiles } from "../report/statistics.ts";

/** What one run of one job gave. */
export interface Measured {
  readonly perSecond: number;
  readonly ackMs?: Quantiles | undefined;
  readonly deliveryMs?: Quantiles | undefined;
  /** Processor time of the measured process per record, in microseconds. */
  readonly cpuMicros: number | undefined;
  readonly peakMemoryBytes: number | undefined;
  /** Acknowledged, and neither delivered nor a dead letter, or not in the journal. */
  readonly lost: number;
}

/** Field by field the median of the rounds, the highest memory, and all that was lost. */
export function medianOf(rounds: readonly Measured[]): Measured {
  const middle = (pick: (one: Measured) => number | undefined): number | undefined => {
    const values = rounds.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  const quantiles = (pick: (one: Measured) => Quantiles | undefined): Quantiles | undefined => {
    const p50 = middle((one) => pick(one)?.p50);
    const p99 = middle((one) => pick(one)?.p99);
    return p50 === undefined || p99 === undefined ? undefined : { p50, p99 };
  };
  const peaks = rounds.map((one) => one.peakMemoryBytes).filter((value) => value !== undefined);
  return {
    perSecond: middle((one) => one.perSecond) ?? Number.NaN,
    ackMs: quantiles((one) => one.ackMs),
    deliveryMs: quantiles((one) => one.deliveryMs),
    cpuMicros: middle((one) => one.cpuMicros),
    peakMemoryBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
    lost: rounds.reduce((sum, one) => sum + one.lost, 0),
  };
}
