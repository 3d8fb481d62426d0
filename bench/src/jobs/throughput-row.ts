import type { JobRow } from "../report/job-row.ts";
import type { Measured } from "./measured.ts";

export interface Compared {
  readonly job: string;
  readonly what: string;
  readonly atLeast: number;
  readonly ours: Measured;
  /** `undefined`: there is nothing to compare it with in this run. */
  readonly bare: Measured | undefined;
}

/** The table's line of a throughput. */
export function throughputRow({ job, what, atLeast, ours, bare }: Compared): JobRow {
  const limit = bare?.perSecond ?? Number.NaN;
  return {
    job,
    what,
    unit: "records/s",
    ours: ours.perSecond,
    bare: limit,
    ratio: ours.perSecond / limit,
    target: { atLeast },
    ackMs: ours.ackMs,
    deliveryMs: ours.deliveryMs,
    cpuMicros: { ours: ours.cpuMicros, bare: bare?.cpuMicros },
    peakMemoryBytes: ours.peakMemoryBytes,
    lost: ours.lost + (bare?.lost ?? 0),
  };
}
