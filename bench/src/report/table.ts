import { isReached, type JobRow } from "./job-row.ts";
import type { Quantiles } from "./statistics.ts";

const headings = [
  "job",
  "what",
  "ours",
  "bare",
  "ratio",
  "target",
  "",
  "ack p50/p99 ms",
  "delivery p50/p99 ms",
  "CPU us/record",
  "peak MiB",
  "lost",
];

/** The rows as a Markdown table, aligned for terminals. */
export function renderTable(rows: readonly JobRow[]): string {
  const cells = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return `${[line(head), rule, ...body.map(line)].join("\n")}\n`;
}

function cellsOf(row: JobRow): string[] {
  const { target, cpuMicros, peakMemoryBytes } = row;
  const reading = (value: number): string => `${value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en")} ${row.unit}`;
  return [
    row.job,
    row.what,
    reading(row.ours),
    reading(row.bare),
    row.ratio.toFixed(2),
    "atLeast" in target ? `>= ${target.atLeast}` : `<= ${target.atMost}`,
    isReached(row) ? "yes" : "NO",
    pair(row.ackMs),
    pair(row.deliveryMs),
    cpuMicros === undefined ? "" : `${short(cpuMicros.ours)} / ${short(cpuMicros.bare)}`,
    peakMemoryBytes === undefined ? "" : String(Math.round(peakMemoryBytes / 1024 / 1024)),
    String(row.lost),
  ];
}

function pair(quantiles: Quantiles | undefined): string {
  return quantiles === undefined ? "" : `${quantiles.p50.toFixed(1)} / ${quantiles.p99.toFixed(1)}`;
}

function short(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(1);
}
