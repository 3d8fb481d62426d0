import { LogLevel } from "@tapio/contracts/gateway/v1/config";
import type { Logger } from "@tapio/integration-core";
import { destination, pino, stdTimeFunctions } from "pino";

const levels: ReadonlyMap<LogLevel, string> = new Map([
  [LogLevel.UNSPECIFIED, "info"],
  [LogLevel.DEBUG, "debug"],
  [LogLevel.INFO, "info"],
  [LogLevel.WARN, "warn"],
  [LogLevel.ERROR, "error"],
]);

/** JSON, one event per line, on standard error; written at once, so that the last line before a crash is there. */
export function createLogger(level: LogLevel): Logger {
  return pino(
    {
      level: levels.get(level) ?? "info",
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ dest: 2, sync: true }),
  );
}
