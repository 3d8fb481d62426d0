const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };

/** A label's value between its quotes, in both formats. */
export function escapeLabelValue(value: string): string {
  return /[\\\n"]/.test(value) ? value.replace(/[\\\n"]/g, (character) => escapes[character] ?? character) : value;
}

/** A HELP text. OpenMetrics escapes quotes as well; the text format must not. */
export function escapeHelp(help: string, format: "text" | "openmetrics"): string {
  return help.replace(format === "text" ? /[\\\n]/g : /[\\\n"]/g, (character) => escapes[character] ?? character);
}
