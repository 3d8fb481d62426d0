const SHOWN_CHARS_MAX = 256;
/** Shorter values would strike out innocent text. */
const REDACTED_CHARS_MIN = 8;

/** The beginning of a body on one line, without the values that were sent along and may be secret. */
export function excerptOf(bytes: Buffer, secrets: readonly string[]): string {
  const redacted = secrets
    .filter((value) => value.length >= REDACTED_CHARS_MIN)
    .reduce((text, value) => text.replaceAll(value, "***"), bytes.toString("utf8"));
  const line = redacted.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > SHOWN_CHARS_MAX ? `${line.slice(0, SHOWN_CHARS_MAX)}...` : line;
}
