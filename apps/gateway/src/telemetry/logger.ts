import { LogLevel } from "@tapio/contracts/gateway/v1/config";
import type { Logger } from "@tapio/integration-core";
import { destination, pino, stdTimeFunctions, type DestinationStream } from "pino";
import { spanFields } from "./active-span.ts";

const levels: ReadonlyMap<LogLevel, string> = new Map([
  [LogLevel.UNSPECIFIED, "info"],
  [LogLevel.DEBUG, "debug"],
  [LogLevel.INFO, "info"],
  [LogLevel.WARN, "warn"],
  [LogLevel.ERROR, "error"],
]);

/** The gateway's log, whose level a reload may change. */
export interface GatewayLogger extends Logger {
  setLevel(level: LogLevel): void;
}

/** JSON, one event per line, on standard error; written at once, so that the last line before a crash is there. */
export function createLogger(level: LogLevel, to: DestinationStream = destination({ dest: 2, sync: true })): GatewayLogger {
  const logger = pino(
    {
      level: nameOf(level),
      // Lines that are written in the course of a kept span name it.
      mixin: () => spanFields() ?? {},
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    setLevel(next) {
      logger.level = nameOf(next);
    },
  };
}

function nameOf(level: LogLevel): string {
  return levels.get(level) ?? "info";
}
