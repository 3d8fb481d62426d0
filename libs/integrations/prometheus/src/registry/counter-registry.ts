import type { CounterDefinition, Exemplar } from "../core/types.ts";
import { createCounterFamily, type CounterFamily } from "./counter-family.ts";
import type { CounterSeries } from "./counter-series.ts";
import { createSnapshotBytes, decodeSnapshot, type SnapshotBytes } from "./snapshot-bytes.ts";

/** Counters of which the outside sees only what is committed. */
export interface CounterRegistry {
  readonly families: readonly CounterFamily[];
  /** Counts one record; false when the metric's budget is used up and the overflow series took it. */
  increment(definition: CounterDefinition, key: string, exemplar?: Exemplar): boolean;
  /** Everything that was counted so far, encoded. Costs a copy and the series that changed since the last one. */
  snapshot(): Uint8Array;
  /** What the last snapshot holds is durable, and is shown from now on. Costs the series that changed. */
  committed(): void;
}

export interface CounterRegistryOptions {
  readonly definitions: readonly CounterDefinition[];
  /** Most series of each budgeted metric, its overflow series not counted. */
  readonly seriesMax: number;
  readonly fixedLabels?: ReadonlySet<string>;
  /** A committed snapshot to continue from. */
  readonly restored?: Uint8Array | undefined;
  /** Is told of metrics in `restored` that this version does not have; their counts are kept in the snapshot and not shown. */
  readonly onUnknownMetric?: (metric: string) => void;
}

/** The counter of what the budgets took; its `metric` label is the name of `CounterDefinition.metric`. */
export const foldedCounter: CounterDefinition = {
  metric: "folded_increments",
  help: "Increments that went to the overflow series of a metric because its series budget was used up.",
  labelNames: ["metric"],
  budgeted: false,
};

/** @throws Error when `restored` is not a whole snapshot of this format. */
export function createCounterRegistry(options: CounterRegistryOptions): CounterRegistry {
  const bytes = createSnapshotBytes();
  const dirty: { series: CounterSeries; metric: string }[] = [];
  const pending: CounterSeries[] = [];

  const families = new Map<string, CounterFamily>();
  for (const definition of [...options.definitions, foldedCounter]) {
    const family = createCounterFamily(definition, {
      seriesMax: options.seriesMax,
      fixedLabels: options.fixedLabels ?? new Set(),
      onDirty: (series) => dirty.push({ series, metric: definition.metric }),
    });
    families.set(definition.metric, family);
  }
  const familyOf = ({ metric }: CounterDefinition): CounterFamily => {
    const family = families.get(metric);
    if (family === undefined) throw new Error(`the registry was made without the metric ${metric}`);
    return family;
  };

  const registry: CounterRegistry = {
    families: [...families.values()],
    increment(definition, key, exemplar) {
      const within = familyOf(definition).increment(key, exemplar);
      if (!within) familyOf(foldedCounter).increment(definition.metric, undefined);
      return within;
    },
    snapshot() {
      for (const { series, metric } of dirty) {
        if (series.offset < 0) series.offset = bytes.append(metric, series.labels, series.applied);
        else bytes.write(series.offset, series.applied);
        series.snapshotted = series.applied;
        series.snapshottedExemplar = series.appliedExemplar;
        series.dirty = false;
        if (!series.pending) pending.push(series);
        series.pending = true;
      }
      dirty.length = 0;
      return bytes.copy();
    },
    committed() {
      for (const series of pending) {
        series.committed = series.snapshotted;
        series.committedExemplar = series.snapshottedExemplar;
        series.textLine = undefined;
        series.openMetricsLine = undefined;
        series.chunk.textLines = undefined;
        series.chunk.openMetricsLines = undefined;
        series.pending = false;
      }
      pending.length = 0;
    },
  };
  if (options.restored !== undefined) {
    restore(families, bytes, options, options.restored);
    registry.snapshot();
    registry.committed();
  }
  return registry;
}

/** Continues from `restored`; what belongs to none of the metrics stays in the snapshot as it came. */
function restore(
  families: ReadonlyMap<string, CounterFamily>,
  bytes: SnapshotBytes,
  options: CounterRegistryOptions,
  restored: Uint8Array,
): void {
  const unknown = new Set<string>();
  for (const { metric, labels, value } of decodeSnapshot(restored)) {
    const family = families.get(metric);
    if (family === undefined) {
      unknown.add(metric);
      bytes.append(metric, labels, value);
      continue;
    }
    const pairs = new Map<string, string>();
    for (let index = 0; index + 1 < labels.length; index += 2) pairs.set(labels[index] ?? "", labels[index + 1] ?? "");
    family.restore(pairs, value);
  }
  for (const metric of unknown) options.onUnknownMetric?.(metric);
}
