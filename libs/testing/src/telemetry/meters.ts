import type { Meter, MetricLabels } from "@tapio/integration-core";

const noInstrument = { add: ignore, set: ignore, observe: ignore };

/** A meter whose instruments forget everything. */
export const noopMeter: Meter = {
  counter: () => noInstrument,
  gauge: () => noInstrument,
  histogram: () => noInstrument,
};

/** A meter that can be asked what it was told. */
export interface RecordingMeter extends Meter {
  /** A counter's sum or a gauge's last value for exactly these labels; 0 when there was none. */
  value(name: string, labels?: MetricLabels): number;
  /** What a histogram was given for exactly these labels, in order. */
  observations(name: string, labels?: MetricLabels): readonly number[];
  /** The names of all instruments that were made, in order. */
  names(): readonly string[];
}

export function createRecordingMeter(): RecordingMeter {
  const names = new Set<string>();
  const values = new Map<string, number>();
  const observed = new Map<string, number[]>();
  return {
    counter(name) {
      names.add(name);
      return {
        add: (value, labels) => {
          const key = seriesKey(name, labels);
          values.set(key, (values.get(key) ?? 0) + value);
        },
      };
    },
    gauge(name) {
      names.add(name);
      return { set: (value, labels) => void values.set(seriesKey(name, labels), value) };
    },
    histogram(name) {
      names.add(name);
      return {
        observe: (value, labels, times = 1) => {
          const key = seriesKey(name, labels);
          const list = observed.get(key) ?? [];
          list.push(...Array<number>(times).fill(value));
          observed.set(key, list);
        },
      };
    },
    value: (name, labels) => values.get(seriesKey(name, labels)) ?? 0,
    observations: (name, labels) => observed.get(seriesKey(name, labels)) ?? [],
    names: () => [...names],
  };
}

function seriesKey(name: string, labels: MetricLabels = {}): string {
  return JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function ignore(): void {}
