import type { SentRecord } from "./sample.ts";

/** Where the demo looks for each record. */
export const places = ["otlp", "metrics", "webhook", "subscriber"] as const;

export type Place = (typeof places)[number];

export interface Arrival extends SentRecord {
  readonly arrived: Readonly<Record<Place, boolean>>;
}

export function isComplete(arrivals: readonly Arrival[]): boolean {
  return arrivals.every(({ arrived }) => places.every((place) => arrived[place]));
}

/** A table for people; what is missing stands out. */
export function formatTable(arrivals: readonly Arrival[]): string {
  const header = ["record", "kind", "type", "OTLP span", "counted", "webhook", "gRPC stream"];
  const rows = arrivals.map(({ id, kind, type, arrived }) => [
    id,
    kind,
    type,
    ...places.map((place) => (arrived[place] ? "yes" : "MISSING")),
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
