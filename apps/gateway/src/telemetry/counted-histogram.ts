import type { MetricLabels } from "@tapio/integration-core";
import { Histogram, type HistogramConfiguration } from "prom-client";

/** A series as prom-client keeps it: `bucketValues` by upper bound, not yet added up. */
interface Series {
  readonly labels: MetricLabels;
  sum: number;
  count: number;
  readonly bucketValues: Record<string, number>;
}

const noLabels: MetricLabels = Object.freeze({});

/**
 * A prom-client histogram to which many equal observations cost as much as one: records that were appended together have one latency. It also
 * remembers series by the object of their labels, since to look one up costs more than the observation.
 */
export class CountedHistogram extends Histogram {
  /** prom-client's own, which its types leave out (https://github.com/siimon/prom-client/blob/master/lib/histogram.js). */
  declare protected readonly hashMap: Readonly<Record<string, Series>>;
  readonly #bounds: readonly number[];
  readonly #series = new WeakMap<MetricLabels, Series>();

  constructor(configuration: HistogramConfiguration<string> & { readonly buckets: number[] }) {
    super(configuration);
    this.#bounds = configuration.buckets;
  }

  observeTimes(value: number, labels: MetricLabels = noLabels, times = 1): void {
    if (!Number.isFinite(value)) throw new TypeError(`an observation must be a number, and not ${value}`);
    const series = this.#series.get(labels) ?? this.#open(labels);
    series.sum += value * times;
    series.count += times;
    const bound = this.#bounds.find((upper) => value <= upper);
    if (bound !== undefined) series.bucketValues[bound] = (series.bucketValues[bound] ?? 0) + times;
  }

  #open(labels: MetricLabels): Series {
    this.labels(labels); // throws on labels that this histogram does not have
    const found = this.#find(labels) ?? (this.zero(labels), this.#find(labels));
    if (found === undefined) throw new Error("prom-client keeps its series otherwise than this class knows");
    this.#series.set(labels, found);
    return found;
  }

  #find(labels: MetricLabels): Series | undefined {
    const names = Object.keys(labels);
    const isSame = (series: Series) =>
      names.length === Object.keys(series.labels).length && names.every((name) => series.labels[name] === labels[name]);
    return Object.values(this.hashMap).find(isSame);
  }
}
