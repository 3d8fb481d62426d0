import { Severity } from "@tapio/contracts/domain/v1/types";

export type SeverityName = "unspecified" | "debug" | "info" | "warning" | "error" | "critical";

const names: readonly SeverityName[] = ["unspecified", "debug", "info", "warning", "error", "critical"];

/** `Severity.WARNING` -> `warning`; a number that has no name is `unspecified`. */
export function severityName(severity: Severity): SeverityName {
  return names[severity] ?? "unspecified";
}

const severities: ReadonlyMap<string, Severity> = new Map([
  ["DEBUG", Severity.DEBUG],
  ["INFO", Severity.INFO],
  ["WARNING", Severity.WARNING],
  ["WARN", Severity.WARNING],
  ["ERROR", Severity.ERROR],
  ["CRITICAL", Severity.CRITICAL],
]);

/** Reads `warning`, `warn`, `WARNING` and `SEVERITY_WARNING`, in any case; `undefined` for all else, `unspecified` included. */
export function parseSeverity(name: string): Severity | undefined {
  return severities.get(
    name
      .trim()
      .toUpperCase()
      .replace(/^SEVERITY_/, ""),
  );
}

/** Whether `severity` is as urgent as `min`, or more. */
export function atLeast(severity: Severity, min: Severity): boolean {
  return severity >= min;
}
