import type { JournalProblem, JournalReport } from "@tapio/journal-sqlite";
import type { SequenceRange } from "@tapio/journal";
import { counted, formatBytes, formatCount } from "./format-numbers.ts";
import { formatList, formatTable } from "./format-table.ts";
import { printable } from "./printable.ts";

/** What a journal holds. */
export function formatJournal(report: JournalReport): string {
  const { path, format, fileBytes, records, recordBytes, first, head, lost, destinations } = report;
  const facts = formatList([
    ["journal", `${printable(path)}, format ${format}, ${formatBytes(fileBytes)}`],
    ["records", records === 0 ? "none" : `${formatCount(records)}, sequences ${first} to ${head}, ${formatBytes(recordBytes)}`],
    ["lost", lost.map(formatRange).join(", ")],
  ]);
  const columns = [
    { title: "DESTINATION" },
    { title: "INTEGRATION" },
    { title: "CURSOR", isNumber: true },
    { title: "WAITING", isNumber: true },
    { title: "PARKED", isNumber: true },
    { title: "DEAD", isNumber: true },
  ];
  const rows = destinations.map(({ name, kind, cursor, rows: { waiting, parked, dead } }) => [
    printable(name),
    printable(kind),
    cursor === undefined ? "-" : String(cursor),
    formatCount(waiting),
    formatCount(parked),
    formatCount(dead),
  ]);
  return rows.length === 0 ? facts : `${facts}\n${formatTable(columns, rows)}`;
}

/** A line for each. */
export function formatProblems(problems: readonly JournalProblem[]): string {
  return problems.map(({ area, message }) => `${area}: ${printable(message)}\n`).join("");
}

/** `4 records are lost: sequences 3 to 5, 9`. */
export function formatLosses(lost: readonly SequenceRange[]): string {
  const count = lost.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return `${counted(count, "record is", "records are")} lost: ${count === 1 ? "sequence" : "sequences"} ${lost.map(formatRange).join(", ")}\n`;
}

function formatRange({ from, to }: SequenceRange): string {
  return from === to ? String(from) : `${from} to ${to}`;
}
