/** What the journal tells about itself. A pino logger fits. */
export interface SqliteJournalLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface SqliteJournalOptions {
  /** The folder; made when it is missing. One process at a time owns it. */
  readonly path: string;
  /** How many of the last ids are recognised as duplicates, about 41 bytes of memory each. Default 1,000,000. */
  readonly dedupeRecords?: number | undefined;
  /** How long an id is recognised, by the time of its append, in milliseconds. Default 0: however old, while it is among the last. */
  readonly dedupeAgeMs?: number | undefined;
  /** How many records one transaction takes; a single append may be larger. Default 4096. */
  readonly maxGroupRecords?: number | undefined;
  /** How many bytes of records one transaction takes; a single append may be larger. Default 2 MiB. */
  readonly maxGroupBytes?: number | undefined;
  /** How long a write waits for company when the writer is free, in milliseconds. Default 0: what comes while it is busy is company enough. */
  readonly lingerMs?: number | undefined;
  /** How large the file may grow; past it writes fail with `full`. Default 0: as large as the disk allows. */
  readonly maxFileBytes?: number | undefined;
  /**
   * How much room must be left where the folder is, in bytes: below it appends are refused with `full`, while destinations' commits are still
   * taken. Looked at every second. Default 256 MiB; 0: whatever the disk has.
   */
  readonly minFreeBytes?: number | undefined;
  /** How many bytes of the newest records are kept in memory for those who read near the head. Default 32 MiB; 0: none. */
  readonly tailBytesMax?: number | undefined;
  /** Gives `appendedAtMs`, in milliseconds since 1970. Default: the system's. */
  readonly clock?: { now(): number } | undefined;
  readonly logger?: SqliteJournalLogger | undefined;
}

export type SqliteJournalSettings = { readonly [Name in keyof SqliteJournalOptions]-?: NonNullable<SqliteJournalOptions[Name]> };

/** The largest single append, in bytes: what one message between threads can reasonably be. */
export const APPEND_BYTES_MAX = 256 * 1024 * 1024;

const silent: SqliteJournalLogger = { info: () => undefined, error: () => undefined };

/** Fills in every default. @throws RangeError when a bound makes no sense. */
export function withDefaults(options: SqliteJournalOptions): SqliteJournalSettings {
  const settings = {
    path: options.path,
    dedupeRecords: options.dedupeRecords ?? 1_000_000,
    dedupeAgeMs: options.dedupeAgeMs ?? 0,
    maxGroupRecords: options.maxGroupRecords ?? 4096,
    maxGroupBytes: options.maxGroupBytes ?? 2 * 1024 * 1024,
    lingerMs: options.lingerMs ?? 0,
    maxFileBytes: options.maxFileBytes ?? 0,
    minFreeBytes: options.minFreeBytes ?? 256 * 1024 * 1024,
    tailBytesMax: options.tailBytesMax ?? 32 * 1024 * 1024,
    clock: options.clock ?? Date,
    logger: options.logger ?? silent,
  };
  if (settings.path === "") throw new RangeError("path is empty; name the journal's folder");
  check("dedupeRecords", settings.dedupeRecords, 1, 2 ** 28);
  check("dedupeAgeMs", settings.dedupeAgeMs, 0, Number.MAX_SAFE_INTEGER);
  check("maxGroupRecords", settings.maxGroupRecords, 1, 2 ** 20);
  check("maxGroupBytes", settings.maxGroupBytes, 1, APPEND_BYTES_MAX);
  check("lingerMs", settings.lingerMs, 0, 60_000);
  check("minFreeBytes", settings.minFreeBytes, 0, Number.MAX_SAFE_INTEGER);
  check("tailBytesMax", settings.tailBytesMax, 0, 2 ** 32);
  check("maxFileBytes", settings.maxFileBytes, 0, Number.MAX_SAFE_INTEGER);
  return settings;
}

function check(name: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} is ${value}; it must be a whole number from ${min} to ${max}`);
  }
}
