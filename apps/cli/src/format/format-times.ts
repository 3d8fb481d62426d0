import { durationMs, timestampMs, type Duration, type Timestamp } from "@bufbuild/protobuf/wkt";

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** The two largest units: `2d3h`, `1m5s`; `1.5s` and `350ms` for what is short. */
export function formatDurationMs(totalMs: number): string {
  const rounded = Math.max(0, Math.round(totalMs));
  if (rounded < 1_000) return `${rounded}ms`;
  if (rounded < 10_000) return `${Math.floor(rounded / 100) / 10}s`;
  const first = units.findIndex(([, size]) => rounded >= size);
  let rest = rounded;
  return units
    .slice(first, first + 2)
    .map(([name, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? "" : `${count}${name}`;
    })
    .join("");
}

export function formatDuration(duration: Duration): string {
  return formatDurationMs(durationMs(duration));
}

/** In UTC, milliseconds only where there are some. */
export function formatTimeMs(atMs: number): string {
  return new Date(atMs).toISOString().replace(".000Z", "Z");
}

export function formatTime(time: Timestamp): string {
  return formatTimeMs(timestampMs(time));
}

/** `3m12s ago`, or `in 5s` for what is yet to come. */
export function formatAgo(time: Timestamp, nowMs: number): string {
  const ageMs = nowMs - timestampMs(time);
  return ageMs < 0 ? `in ${formatDurationMs(-ageMs)}` : `${formatDurationMs(ageMs)} ago`;
}
