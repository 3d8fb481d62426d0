import type { Quantiles } from "./statistics.ts";

/** One line of the table. */
export interface JobRow {
  readonly job: string;
  readonly what: string;
  readonly unit: "records/s" | "ms" | "MiB";
  readonly ours: number;
  /** What it is compared with: the bare loop of the same run, unless `what` says otherwise. */
  readonly bare: number;
  readonly ratio: number;
  /** The ratio to reach: at least, or, where less is better, at most. */
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
  readonly ackMs?: Quantiles | undefined;
  readonly deliveryMs?: Quantiles | undefined;
  /** Processor time per record, in microseconds, of ours and of what it is compared with. */
  readonly cpuMicros?: { readonly ours: number | undefined; readonly bare: number | undefined } | undefined;
  readonly peakMemoryBytes?: number | undefined;
  readonly lost: number;
}

/** Whether the row has what was to be reached, and nothing was lost. */
export function isReached({ ratio, target, lost }: JobRow): boolean {
  return lost === 0 && ("atLeast" in target ? ratio >= target.atLeast : ratio <= target.atMost);
}
