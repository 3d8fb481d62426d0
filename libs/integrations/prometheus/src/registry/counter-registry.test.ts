import { describe, expect, it } from "vitest";
import type { CounterDefinition } from "../core/types.ts";
import { renderCounters } from "../exporter/render-counters.ts";
import { seriesKey } from "./counter-family.ts";
import { createCounterRegistry, type CounterRegistry, type CounterRegistryOptions } from "./counter-registry.ts";

const events: CounterDefinition = { metric: "events", help: "Events.", labelNames: ["type", "cluster"], budgeted: true };
const findings: CounterDefinition = { metric: "findings", help: "Findings.", labelNames: ["type"], budgeted: true };

const open = (options: Partial<CounterRegistryOptions> = {}): CounterRegistry =>
  createCounterRegistry({ definitions: [events, findings], seriesMax: 2, ...options });

/** The samples that the outside sees. */
const shown = (registry: CounterRegistry): string[] =>
  renderCounters(registry.families, "text", { prefix: "t", constLabels: {} })
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

function commit(registry: CounterRegistry): Uint8Array {
  const bytes = registry.snapshot();
  registry.committed();
  return bytes;
}

const count = (registry: CounterRegistry, type: string, cluster = ""): boolean => registry.increment(events, seriesKey([type, cluster]));

describe("the series budget", () => {
  it("sends what is past it to one overflow series, and counts what was folded", () => {
    const registry = open();
    expect(["a", "b", "c", "d", "a", "c"].map((type) => count(registry, type))).toEqual([true, true, false, false, true, false]);
    commit(registry);
    expect(shown(registry)).toEqual([
      't_events_total{type="a"} 2',
      't_events_total{type="b"} 1',
      't_events_total{overflow="true"} 3',
      't_folded_increments_total{metric="events"} 3',
    ]);
  });

  it("is each metric's own", () => {
    const registry = open();
    for (const type of ["a", "b", "c"]) count(registry, type);
    expect(registry.increment(findings, seriesKey(["a"]))).toBe(true);
  });

  it("is not spent by keys that differ only in a label which the config fixes, however many there are", () => {
    const registry = open({ fixedLabels: new Set(["cluster"]) });
    for (let index = 0; index < 20; index += 1) expect(count(registry, "a", `cluster-${String(index)}`)).toBe(true);
    expect(count(registry, "b", "cluster-0")).toBe(true);
    commit(registry);
    expect(shown(registry)).toEqual(['t_events_total{type="a"} 20', 't_events_total{type="b"} 1']);
  });

  it("takes no series back at a restart with a smaller budget, and admits no new one", () => {
    const before = open({ seriesMax: 3 });
    for (const type of ["a", "b", "c"]) count(before, type);
    const after = open({ seriesMax: 1, restored: commit(before) });
    expect(["a", "b", "c", "d"].map((type) => count(after, type))).toEqual([true, true, true, false]);
    commit(after);
    expect(shown(after)).toEqual([
      't_events_total{type="a"} 2',
      't_events_total{type="b"} 2',
      't_events_total{type="c"} 2',
      't_events_total{overflow="true"} 1',
      't_folded_increments_total{metric="events"} 1',
    ]);
  });
});

describe("what is shown", () => {
  it("is what was committed last: neither what was only counted, nor what only the snapshot holds", () => {
    const registry = open();
    count(registry, "a");
    expect(shown(registry)).toEqual([]);
    registry.snapshot();
    expect(shown(registry)).toEqual([]);
    count(registry, "a");
    count(registry, "b");
    registry.committed();
    expect(shown(registry)).toEqual(['t_events_total{type="a"} 1']);
    registry.snapshot();
    registry.snapshot();
    registry.committed();
    expect(shown(registry)).toEqual(['t_events_total{type="a"} 2', 't_events_total{type="b"} 1']);
  });

  it("never runs backwards over a restart: it starts at the committed snapshot, before any record", () => {
    const before = open();
    count(before, "a");
    const committed = commit(before);
    count(before, "a");
    before.snapshot();
    const after = open({ restored: committed });
    expect(shown(after)).toEqual(shown(before));
    expect(shown(after)).toEqual(['t_events_total{type="a"} 1']);
  });

  it("has the exemplar of the committed count, not of a later one", () => {
    const registry = open();
    const exemplarOf = (digit: string) => ({ traceId: digit.repeat(32), spanId: "" });
    registry.increment(events, seriesKey(["a", ""]), exemplarOf("1"));
    registry.snapshot();
    registry.increment(events, seriesKey(["a", ""]), exemplarOf("2"));
    registry.committed();
    const text = renderCounters(registry.families, "openmetrics", { prefix: "t", constLabels: {} });
    expect(text).toContain(`# {trace_id="${"1".repeat(32)}"} 1`);
    expect(text).not.toContain("2".repeat(32));
  });
});

describe("snapshot and restore", () => {
  it("are exact: the restored registry has the same snapshot, and goes on to the same one", () => {
    const before = open();
    for (const type of ["a", "b", "c", "c", "a"]) count(before, type);
    registryFinding(before);
    const committed = commit(before);
    const after = open({ restored: committed });
    expect(after.snapshot()).toEqual(committed);
    for (const registry of [before, after]) for (const type of ["c", "b", "a"]) count(registry, type);
    expect(after.snapshot()).toEqual(before.snapshot());
    before.committed();
    after.committed();
    expect(shown(after)).toEqual(shown(before));
    expect(shown(after)).toContain('t_events_total{type="a"} 3');
  });

  it("give the same bytes for the same records", () => {
    const [one, other] = [open(), open()];
    for (const registry of [one, other]) {
      for (const type of ["b", "a", "c"]) count(registry, type);
      registryFinding(registry);
    }
    expect(one.snapshot()).toEqual(other.snapshot());
    expect(one.snapshot()).toEqual(one.snapshot());
  });

  it("add series up that a label which the config now fixes makes one", () => {
    const before = open();
    count(before, "a", "east");
    count(before, "a", "west");
    const after = open({ fixedLabels: new Set(["cluster"]), restored: commit(before) });
    expect(shown(after)).toEqual(['t_events_total{type="a"} 2']);
  });

  it("keep the counts of metrics that this build does not have, and say so once", () => {
    const before = open();
    registryFinding(before);
    before.increment(findings, seriesKey(["two"]));
    count(before, "a");
    const told: string[] = [];
    const without = createCounterRegistry({
      definitions: [events],
      seriesMax: 2,
      restored: commit(before),
      onUnknownMetric: (metric) => told.push(metric),
    });
    expect(told).toEqual(["findings"]);
    expect(shown(without)).toEqual(['t_events_total{type="a"} 1']);
    expect(shown(open({ restored: commit(without) }))).toEqual([
      't_events_total{type="a"} 1',
      't_findings_total{type="one"} 1',
      't_findings_total{type="two"} 1',
    ]);
  });

  it("refuse bytes that are no snapshot", () => {
    expect(() => open({ restored: new Uint8Array(0) })).toThrow("the snapshot has no version");
    expect(() => open({ restored: new Uint8Array([0xff, 0xff]) })).toThrow();
  });
});

it("a metric that the registry was not made with is a mistake of the caller", () => {
  const other: CounterDefinition = { metric: "other", help: "", labelNames: [], budgeted: true };
  expect(() => open().increment(other, "")).toThrow("the registry was made without the metric other");
});

function registryFinding(registry: CounterRegistry): void {
  registry.increment(findings, seriesKey(["one"]));
}
