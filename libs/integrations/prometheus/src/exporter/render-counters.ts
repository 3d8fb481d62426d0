import type { Exemplar, ExpositionFormat } from "../core/types.ts";
import type { CounterFamily } from "../registry/counter-family.ts";
import type { CounterSeries, SeriesChunk } from "../registry/counter-series.ts";
import { escapeHelp, escapeLabelValue } from "./escape.ts";

export interface RenderOptions {
  /** What all names begin with, without the underscore, e.g. `tapio`. */
  readonly prefix: string;
  /** Labels of every series; those with an empty value are left out. */
  readonly constLabels: Readonly<Record<string, string>>;
}

/** Writes the committed counts down. A line is made once and kept until its count changes, and so are the lines of a chunk. */
export function renderCounters(families: readonly CounterFamily[], format: ExpositionFormat, options: RenderOptions): string {
  const constPairs = Object.entries(options.constLabels).flatMap(([name, value]) => (value === "" ? [] : [name, value]));
  const lines: string[] = [];
  for (const { definition, chunks } of families) {
    const name = `${options.prefix}_${definition.metric}`;
    const sampleName = `${name}_total`;
    // https://prometheus.io/docs/specs/om/open_metrics_spec/#counter-1: there the family is named without `_total`.
    const familyName = format === "text" ? sampleName : name;
    lines.push(`# HELP ${familyName} ${escapeHelp(definition.help, format)}\n# TYPE ${familyName} counter\n`);
    const headOf = (one: CounterSeries): string => (one.lineHead ??= sampleName + labelSet([...one.labels, ...constPairs]));
    for (const chunk of chunks) {
      const kept = format === "text" ? "textLines" : "openMetricsLines";
      lines.push((chunk[kept] ??= linesOf(chunk, format === "text" ? textLine : openMetricsLine, headOf)));
    }
  }
  if (format === "openmetrics") lines.push("# EOF\n");
  return lines.join("");
}

function linesOf(
  { series }: SeriesChunk,
  line: (one: CounterSeries, head: string) => string,
  headOf: (one: CounterSeries) => string,
): string {
  return series.map((one) => (one.committed === undefined ? "" : line(one, headOf(one)))).join("");
}

function textLine(series: CounterSeries, head: string): string {
  return (series.textLine ??= `${head} ${String(series.committed)}\n`);
}

function openMetricsLine(series: CounterSeries, head: string): string {
  const exemplar = series.committedExemplar;
  return (series.openMetricsLine ??= `${head} ${String(series.committed)}${exemplar === undefined ? "" : exemplarText(exemplar)}\n`);
}

/** At most 63 code points of the 128 that the specification allows: the contract bounds both ids. */
function exemplarText({ traceId, spanId, time }: Exemplar): string {
  const labels = spanId === "" ? ["trace_id", traceId] : ["trace_id", traceId, "span_id", spanId];
  // Seconds before 1970 have a form of their own and no use here.
  const stamp = time === undefined || time.seconds < 0n ? "" : ` ${String(time.seconds)}.${String(time.nanos).padStart(9, "0")}`;
  return ` # ${labelSet(labels)} 1${stamp}`;
}

/** `{name="value",...}` of names and values by turns; empty for none. */
function labelSet(pairs: readonly string[]): string {
  const parts: string[] = [];
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    parts.push(`${pairs[index] ?? ""}="${escapeLabelValue(pairs[index + 1] ?? "")}"`);
  }
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}
