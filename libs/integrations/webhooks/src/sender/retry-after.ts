const LONGEST_MS = 24 * 60 * 60 * 1000;

/**
 * Reads `Retry-After` (RFC 9110, 10.2.3) in either form, as milliseconds from `nowMs`, at most a day; undefined when there is none, or it
 * cannot be read. A date that has passed is 0.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^[0-9]+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS);
  // Of what Date.parse takes, only the three forms of an HTTP date, which begin with the weekday's name.
  const dateMs = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(asciiDateIsUtc(text)) : Number.NaN;
  if (Number.isNaN(dateMs)) return undefined;
  return Math.min(Math.max(dateMs - nowMs, 0), LONGEST_MS);
}

/** The obsolete asctime form has no zone, and Date.parse would take the machine's. */
function asciiDateIsUtc(text: string): string {
  return text.endsWith("GMT") ? text : `${text} GMT`;
}
