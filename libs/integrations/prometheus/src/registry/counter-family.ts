import type { CounterDefinition, Exemplar } from "../core/types.ts";
import { createSeries, type CounterSeries, type SeriesChunk } from "./counter-series.ts";

/** All series of one counter metric, within its budget. */
export interface CounterFamily {
  readonly definition: CounterDefinition;
  /** In the order in which they were first counted; the overflow series among them. */
  readonly series: readonly CounterSeries[];
  /** The same in chunks. */
  readonly chunks: readonly SeriesChunk[];
  /** Counts one; false when it went to the overflow series. */
  increment(key: string, exemplar: Exemplar | undefined): boolean;
  /** Adds what an earlier process had counted, past the budget if need be: a restart takes nothing back. */
  restore(labels: ReadonlyMap<string, string>, value: number): void;
}

export interface CounterFamilyOptions {
  readonly seriesMax: number;
  /** Labels that the config fixes: the family leaves them out of its series. */
  readonly fixedLabels: ReadonlySet<string>;
  /** Is told of each series that was clean and is no longer. */
  readonly onDirty: (series: CounterSeries, family: CounterFamily) => void;
}

/** Of one chunk. */
const CHUNK_SERIES = 128;
const overflowLabels = ["overflow", "true"] as const;

/** Label values as one string. NUL is in none of them. */
export function seriesKey(values: readonly string[]): string {
  return values.join("\0");
}

export function createCounterFamily(definition: CounterDefinition, options: CounterFamilyOptions): CounterFamily {
  const all: CounterSeries[] = [];
  const chunks: SeriesChunk[] = [];
  /** Several keys may mean one series, when they differ only in labels that the config fixes. */
  const byKey = new Map<string, CounterSeries>();
  const byLabels = new Map<string, CounterSeries>();
  let overflow: CounterSeries | undefined;

  const open = (labels: readonly string[]): CounterSeries => {
    if (all.length === chunks.length * CHUNK_SERIES) chunks.push({ series: [], textLines: undefined, openMetricsLines: undefined });
    const chunk = chunks[chunks.length - 1];
    if (chunk === undefined) throw new RangeError("a series needs a chunk to be in");
    const series = createSeries(labels, chunk);
    chunk.series.push(series);
    all.push(series);
    return series;
  };

  /** The series of a key that was not met before; undefined when the budget is used up. */
  const meet = (key: string, withinBudget: boolean): CounterSeries | undefined => {
    const labels = labelsOf(definition, key.split("\0"), options.fixedLabels);
    const labelsKey = seriesKey(labels);
    let series = byLabels.get(labelsKey);
    if (series === undefined) {
      if (withinBudget && definition.budgeted && byLabels.size >= options.seriesMax) return undefined;
      series = open(labels);
      byLabels.set(labelsKey, series);
    }
    // Keys that a fixed label makes equal are bounded too: without this, a million clusters would fill the map.
    if (byKey.size < options.seriesMax * 2 || !definition.budgeted) byKey.set(key, series);
    return series;
  };

  const add = (series: CounterSeries, value: number): void => {
    series.applied += value;
    if (series.dirty) return;
    series.dirty = true;
    options.onDirty(series, family);
  };

  const family: CounterFamily = {
    definition,
    series: all,
    chunks,
    increment(key, exemplar) {
      const found = byKey.get(key) ?? meet(key, true);
      const series = found ?? (overflow ??= open(overflowLabels));
      if (exemplar !== undefined) series.appliedExemplar = exemplar;
      add(series, 1);
      return found !== undefined;
    },
    restore(labels, value) {
      if (labels.get(overflowLabels[0]) === overflowLabels[1]) {
        add((overflow ??= open(overflowLabels)), value);
        return;
      }
      const series = meet(seriesKey(definition.labelNames.map((name) => labels.get(name) ?? "")), false);
      if (series !== undefined) add(series, value);
    },
  };
  return family;
}

/** Names and values by turns, in the definition's order, without empty values and without what the config fixes. */
function labelsOf(definition: CounterDefinition, values: readonly string[], fixed: ReadonlySet<string>): string[] {
  return definition.labelNames.flatMap((name, index) => {
    const value = values[index] ?? "";
    return value === "" || fixed.has(name) ? [] : [name, value];
  });
}
