import type { Exemplar } from "../core/types.ts";

/** Neighbouring series of a metric, whose lines are kept together. */
export interface SeriesChunk {
  readonly series: CounterSeries[];
  /** The lines of those that are committed; undefined when one of them is stale. */
  textLines: string | undefined;
  openMetricsLines: string | undefined;
}

/**
 * One counter in three states: what was applied, what the last snapshot holds, and what is committed and may be shown. A change
 * moves from one to the next; `dirty` and `pending` say that it is on its way.
 */
export interface CounterSeries {
  /** Label names and values by turns, without empty values. */
  readonly labels: readonly string[];
  readonly chunk: SeriesChunk;
  /** Where the eight bytes of the count stand in the encoded snapshot; -1 until it is in there. */
  offset: number;

  applied: number;
  appliedExemplar: Exemplar | undefined;
  /** Applied differs from the snapshot. */
  dirty: boolean;

  snapshotted: number;
  snapshottedExemplar: Exemplar | undefined;
  /** The snapshot differs from what is committed. */
  pending: boolean;

  /** Undefined until it is committed for the first time: the series is not shown. */
  committed: number | undefined;
  committedExemplar: Exemplar | undefined;
  /** The rendered lines of the committed count; undefined when they are stale. */
  textLine: string | undefined;
  openMetricsLine: string | undefined;
  /** The name with labels, as it begins both lines; undefined until it is rendered for the first time. */
  lineHead: string | undefined;
}

export function createSeries(labels: readonly string[], chunk: SeriesChunk): CounterSeries {
  return {
    labels,
    chunk,
    offset: -1,
    applied: 0,
    appliedExemplar: undefined,
    dirty: false,
    snapshotted: 0,
    snapshottedExemplar: undefined,
    pending: false,
    committed: undefined,
    committedExemplar: undefined,
    textLine: undefined,
    openMetricsLine: undefined,
    lineHead: undefined,
  };
}
