const grouped = new Intl.NumberFormat("en-US");

/** `1234567` as `1,234,567`. */
export function formatCount(count: bigint | number): string {
  return grouped.format(count);
}

/** `3 records`, `1 record`. */
export function counted(count: bigint | number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${BigInt(count) === 1n ? one : many}`;
}

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `1536` as `1.5 KiB`. */
export function formatBytes(bytes: bigint | number): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${byteUnits[unit] ?? ""}`;
}

/** `41.04` as `41.0/s`; what is below a tenth but not nothing as `<0.1/s`. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.1) return "<0.1/s";
  return perSecond >= 100 || perSecond === 0 ? `${formatCount(Math.round(perSecond))}/s` : `${perSecond.toFixed(1)}/s`;
}
