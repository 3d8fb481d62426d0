export interface ColumnLayout {
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
}

export interface Column extends ColumnLayout {
  readonly title: string;
}

/** Rows under titles. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  return formatRows(columns, [columns.map(({ title }) => title), ...rows]);
}

/** Each column as wide as its widest cell; the last one is not filled up. */
export function formatRows(columns: readonly ColumnLayout[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((_column, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  const cell = (text: string, at: number): string =>
    columns[at]?.isNumber === true ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0);
  return rows.map((row) => `${row.map(cell).join("  ").trimEnd()}\n`).join("");
}

/** Names and values one under the other; those without a value are left out. */
export function formatList(entries: readonly (readonly [name: string, value: string | undefined])[]): string {
  const filled = entries.filter(([, value]) => value !== undefined && value !== "");
  const width = Math.max(...filled.map(([name]) => name.length));
  return filled.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}
