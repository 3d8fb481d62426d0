import type { LogReadLimit, LogRecord, RecordLog } from "../core/interfaces.ts";

/** Sequences, both included. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/** Records that a read failed on; reading after them goes on. */
export interface DamagedRange extends SequenceRange {
  /** `io`: the medium failed, which it may not do the next time. */
  readonly code: "corrupt" | "io";
}

/**
 * The records above `after` that a read says it cannot give; `undefined` for every other failure. The journal's error is known by its name:
 * this lib does not depend on the journal.
 */
export function damagedRange(reason: unknown, after: number): DamagedRange | undefined {
  if (!(reason instanceof Error) || reason.name !== "JournalError") return undefined;
  const { code, damaged } = reason as { code?: string; damaged?: SequenceRange };
  if (damaged === undefined || damaged.to <= after || (code !== "corrupt" && code !== "io")) return undefined;
  return { from: Math.max(damaged.from, after + 1), to: damaged.to, code };
}

export interface Batch {
  readonly records: readonly LogRecord[];
  /** These come first, and could not be read. */
  readonly damaged?: DamagedRange;
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
