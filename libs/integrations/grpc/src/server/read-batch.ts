import type { LogReadLimit, LogRecord, RecordLog } from "../core/interfaces.ts";

/** Sequences, both included. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The records above `after` that a read failed on because they are damaged: reading after them goes on. `undefined` for every other failure.
 * The journal's error is known by its name: this lib does not depend on the journal.
 */
export function damagedRange(reason: unknown, after: number): SequenceRange | undefined {
  if (!(reason instanceof Error) || reason.name !== "JournalError" || !("damaged" in reason)) return undefined;
  const { damaged } = reason as { damaged?: SequenceRange };
  return damaged === undefined || damaged.to <= after ? undefined : { from: Math.max(damaged.from, after + 1), to: damaged.to };
}

export interface Batch {
  readonly records: readonly LogRecord[];
  /** These come first, and cannot be read. */
  readonly damaged?: SequenceRange;
}

/** Reads on, also where the journal is damaged: nobody is kept from what lies behind. */
export async function readBatch(log: RecordLog, after: number, limit: LogReadLimit): Promise<Batch> {
  try {
    return { records: await log.read(after, limit) };
  } catch (reason) {
    const damaged = damagedRange(reason, after);
    if (damaged === undefined) throw reason;
    return { records: [], damaged };
  }
}
