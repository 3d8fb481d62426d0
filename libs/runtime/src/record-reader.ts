import { viewOfStored, type RecordView } from "@tapio/domain";
import type { Journal, JournalRecord, ReadLimit } from "@tapio/journal";

/** A record whose bytes nobody can read, with the reason. */
export interface UnreadableRecord {
  readonly sequence: number;
  readonly appendedAtMs: number;
  readonly problem: string;
  readonly bytes: Uint8Array;
}

/** A record of the journal, as all destinations share it; `problem` where its bytes cannot be read. */
export type ReadRecord = { readonly sequence: number; readonly appendedAtMs: number; readonly view: RecordView } | UnreadableRecord;

/** Reads for all destinations. */
export interface RecordReader {
  /** A group of records above `after`, in order; empty when there is none. */
  read(after: number): Promise<readonly ReadRecord[]>;
}

export interface RecordReaderOptions {
  readonly limit: ReadLimit;
  /** Groups of records that are kept for the other destinations. */
  readonly groupsMax: number;
  readonly bytesMax: number;
  /** How many destinations read now. A group is let go of once so many have read it: what lives on for nobody makes the collector's work. */
  readers(): number;
}

interface Group {
  /** How many destinations have not read it, as far as one can tell. */
  awaited: number;
  readonly after: number;
  readonly last: number;
  readonly bytes: number;
  readonly records: readonly ReadRecord[];
}

/** A read under way, and how many wait for it. */
interface Reading {
  readonly after: number;
  readers: number;
  readonly records: Promise<readonly ReadRecord[]>;
}

/**
 * Keeps the last groups that it read, so that destinations at about the same place read, scan and decode each record once between
 * them. A feed from the journal's appends can fill the same groups without a read.
 */
export function createRecordReader(journal: Pick<Journal, "read">, options: RecordReaderOptions): RecordReader {
  let reading: readonly Reading[] = [];
  let groups: Group[] = [];

  function keep(after: number, records: readonly ReadRecord[]): void {
    const last = records.at(-1);
    const awaited = options.readers() - (runningRead(after)?.readers ?? 1);
    if (last === undefined || awaited <= 0) return;
    const bytes = records.reduce((sum, record) => sum + bytesOf(record).length, 0);
    groups.push({ awaited, after, last: last.sequence, bytes, records });
    let held = groups.reduce((sum, group) => sum + group.bytes, 0);
    while (groups.length > 1 && (groups.length > options.groupsMax || held > options.bytesMax)) {
      held -= groups[0]?.bytes ?? 0;
      groups = groups.slice(1);
    }
  }

  function runningRead(after: number): Reading | undefined {
    return reading.find((one) => one.after === after);
  }

  function readHeld(held: Group, after: number): readonly ReadRecord[] {
    held.awaited -= 1;
    if (held.awaited <= 0) groups = groups.filter((group) => group !== held);
    return held.after === after ? held.records : held.records.filter((record) => record.sequence > after);
  }

  async function readNew(after: number): Promise<readonly ReadRecord[]> {
    const records = (await journal.read(after, options.limit)).map(readRecord);
    keep(after, records);
    return records;
  }

  return {
    async read(after) {
      const held = groups.findLast((group) => group.after <= after && after < group.last);
      if (held !== undefined) return readHeld(held, after);
      const running = runningRead(after);
      if (running !== undefined) {
        running.readers += 1;
        return await running.records;
      }
      const started: Reading = { after, readers: 1, records: readNew(after) };
      reading = [...reading, started];
      try {
        return await started.records;
      } finally {
        reading = reading.filter((one) => one !== started);
      }
    },
  };
}

/** The bytes of a record, readable or not. */
export function bytesOf(record: ReadRecord): Uint8Array {
  return "view" in record ? record.view.bytes : record.bytes;
}

/** A record's header; what cannot be read is kept with the reason. */
export function readRecord({ sequence, appendedAtMs, bytes }: JournalRecord): ReadRecord {
  const read = viewOfStored(bytes);
  if (read.ok) return { sequence, appendedAtMs, view: read.view };
  return { sequence, appendedAtMs, bytes, problem: `${read.problem.field} ${read.problem.reason}` };
}
