import { describe, expect, it } from "vitest";
import type { CounterDefinition, Exemplar } from "../core/types.ts";
import { seriesKey } from "../registry/counter-family.ts";
import { createCounterRegistry } from "../registry/counter-registry.ts";
import { renderCounters } from "./render-counters.ts";

const things: CounterDefinition = { metric: "things", help: 'Things of a "kind".\nC:\\dir', labelNames: ["name", "place"], budgeted: true };
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

function render(
  counts: readonly { labels: readonly string[]; exemplar?: Exemplar }[],
  format: "text" | "openmetrics" = "text",
  constLabels: Readonly<Record<string, string>> = {},
): string {
  const registry = createCounterRegistry({ definitions: [things], seriesMax: 10 });
  for (const { labels, exemplar } of counts) registry.increment(things, seriesKey(labels), exemplar);
  registry.snapshot();
  registry.committed();
  return renderCounters(registry.families.slice(0, 1), format, { prefix: "p", constLabels });
}

/** The samples alone. */
const samples = (text: string): string[] => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("the text format", () => {
  it("has HELP and TYPE under the sample's own name, also before anything was counted", () => {
    expect(render([])).toBe('# HELP p_things_total Things of a "kind".\\nC:\\\\dir\n# TYPE p_things_total counter\n');
  });

  it("leaves empty labels out, and the braces where there is none", () => {
    expect(samples(render([{ labels: ["a", ""] }, { labels: ["", "b"] }, { labels: ["", ""] }]))).toEqual([
      'p_things_total{name="a"} 1',
      'p_things_total{place="b"} 1',
      "p_things_total 1",
    ]);
  });

  it("escapes backslash, line end and quote in values, and nothing else", () => {
    expect(samples(render([{ labels: ['a\\n\n"b"', "\ttab\r🔥{}=,#"] }]))).toEqual([
      'p_things_total{name="a\\\\n\\n\\"b\\"",place="\ttab\r🔥{}=,#"} 1',
    ]);
  });

  it("puts constant labels on every series, escaped, and leaves out those without a value", () => {
    expect(samples(render([{ labels: ["a", ""] }, { labels: ["", ""] }], "text", { env: 'pro"d', none: "" }))).toEqual([
      'p_things_total{name="a",env="pro\\"d"} 1',
      'p_things_total{env="pro\\"d"} 1',
    ]);
  });

  it("has no exemplars and no end mark", () => {
    const text = render([{ labels: ["a", ""], exemplar: { traceId, spanId } }]);
    expect(text).not.toContain(traceId);
    expect(text).not.toContain("# EOF");
  });
});

describe("OpenMetrics", () => {
  it("names the family without _total, escapes quotes in HELP, and ends with # EOF", () => {
    expect(render([{ labels: ["a", ""] }], "openmetrics")).toBe(
      '# HELP p_things Things of a \\"kind\\".\\nC:\\\\dir\n# TYPE p_things counter\np_things_total{name="a"} 1\n# EOF\n',
    );
  });

  it.each<[string, Exemplar, string]>([
    [
      "both ids and the nanoseconds",
      { traceId, spanId, time: { seconds: 1_772_600_767n, nanos: 7 } },
      `{trace_id="${traceId}",span_id="${spanId}"} 1 1772600767.000000007`,
    ],
    ["a trace alone", { traceId, spanId: "" }, `{trace_id="${traceId}"} 1`],
    ["no time before 1970", { traceId, spanId: "", time: { seconds: -1n, nanos: 0 } }, `{trace_id="${traceId}"} 1`],
  ])("an exemplar has %s", (_name, exemplar, expected) => {
    expect(samples(render([{ labels: ["a", ""], exemplar }], "openmetrics"))).toEqual([`p_things_total{name="a"} 1 # ${expected}`]);
  });

  it("an exemplar's labels stay under the 128 code points of the specification", () => {
    const [line = ""] = samples(render([{ labels: ["a", ""], exemplar: { traceId, spanId } }], "openmetrics"));
    const pairs = [...line.slice(line.indexOf(" # ")).matchAll(/([a-z_]+)="([^"]*)"/g)];
    expect(pairs.map(([, name]) => name)).toEqual(["trace_id", "span_id"]);
    expect([...pairs.map(([, name = "", value = ""]) => name + value).join("")].length).toBe(63);
  });

  it("keeps the exemplar of the last record that had one", () => {
    const text = render([{ labels: ["a", ""], exemplar: { traceId, spanId: "" } }, { labels: ["a", ""] }], "openmetrics");
    expect(samples(text)).toEqual([`p_things_total{name="a"} 2 # {trace_id="${traceId}"} 1`]);
  });
});

it("lines that are kept from one rendering to the next change with their count, in both formats", () => {
  const registry = createCounterRegistry({ definitions: [things], seriesMax: 10 });
  const seen: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    registry.increment(things, seriesKey(["a", ""]));
    registry.snapshot();
    registry.committed();
    for (const format of ["text", "openmetrics", "text"] as const) {
      seen.push(...samples(renderCounters(registry.families, format, { prefix: "p", constLabels: {} })));
    }
  }
  expect(seen).toEqual([1, 1, 1, 2, 2, 2].map((value) => `p_things_total{name="a"} ${String(value)}`));
});

describe("lines that are kept", () => {
  it("are those of the last commit, in every chunk and in both formats, whatever changed", () => {
    const registry = createCounterRegistry({ definitions: [things], seriesMax: 1_000 });
    const count = (index: number) => registry.increment(things, seriesKey([`n${String(index)}`, ""]));
    const commit = () => {
      registry.snapshot();
      registry.committed();
    };
    const expected = new Map<number, number>();
    const expectRendered = () => {
      const lines = [...expected].map(([index, value]) => `p_things_total{name="n${String(index)}"} ${String(value)}`);
      for (const format of ["text", "openmetrics"] as const) {
        expect(samples(renderCounters(registry.families.slice(0, 1), format, { prefix: "p", constLabels: {} }))).toEqual(lines);
      }
    };
    // 128 series are one chunk: its last, the first of the next, one that is new, and all.
    for (const changed of [Array.from({ length: 300 }, (_, index) => index), [127], [128], [0, 299], [300], []]) {
      for (const index of changed) count(index);
      expectRendered();
      for (const index of changed) expected.set(index, (expected.get(index) ?? 0) + 1);
      commit();
      expectRendered();
    }
  });
});
