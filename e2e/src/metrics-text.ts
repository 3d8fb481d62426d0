/** The sum of all series of one metric in Prometheus' text format. */
export function sumOfMetric(text: string, name: string): number {
  return seriesOf(text, new RegExp(`^${name}(\\{|$)`)).reduce((sum, { value }) => sum + value, 0);
}

/** What the prometheus destination counted, by the records' type. */
export function countedByType(text: string): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  for (const { series, value } of seriesOf(text, /^tapio_(events|findings|correlations)_total\{/)) {
    const type = /[{,]type="([^"]*)"/.exec(series)?.[1] ?? "";
    counted.set(type, (counted.get(type) ?? 0) + value);
  }
  return counted;
}

/** The series whose name and labels match. */
export function seriesOf(text: string, wanted: RegExp): readonly { readonly series: string; readonly value: number }[] {
  return text
    .split("\n")
    .map((line) => ({ series: line.slice(0, line.lastIndexOf(" ")), value: Number(line.slice(line.lastIndexOf(" ") + 1)) }))
    .filter(({ series }) => wanted.test(series));
}
