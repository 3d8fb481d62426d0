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

/** A read under way or, until somebody asks for it, one that was made ahead. */
interface Reading {
  readonly after: number;
  readers: number;
  readonly stored: Promise<readonly JournalRecord[]>;
  /** Made for the first who asks: what is ready ahead is not looked at before. */
  records: readonly ReadRecord[] | undefined;
}

/** The last groups that were read, for the destinations that have not read them. */
interface KeptGroups {
  /** What a kept group has above `after`; that counts as one destination's reading of it. */
  take(after: number): readonly ReadRecord[] | undefined;
  has(after: number): boolean;
  /** `readers`: how many have been given it. */
  keep(after: number, records: readonly ReadRecord[], readers: number): void;
}

function createKeptGroups(options: RecordReaderOptions): KeptGroups {
  let groups: Group[] = [];
  const holding = (after: number) => groups.findLast((group) => group.after <= after && after < group.last);
  return {
    take(after) {
      const group = holding(after);
      if (group === undefined) return undefined;
      group.awaited -= 1;
      if (group.awaited <= 0) groups = groups.filter((one) => one !== group);
      return group.after === after ? group.records : group.records.filter((record) => record.sequence > after);
    },
    has: (after) => holding(after) !== undefined,
    keep(after, records, readers) {
      const last = records.at(-1);
      const awaited = options.readers() - readers;
      if (last === undefined || awaited <= 0) return;
      const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
      groups.push({ awaited, after, last: last.sequence, bytes, records });
      let held = groups.reduce((sum, group) => sum + group.bytes, 0);
      while (groups.length > 1 && (groups.length > options.groupsMax || held > options.bytesMax)) {
        held -= groups[0]?.bytes ?? 0;
        groups = groups.slice(1);
      }
    },
  };
}

/**
 * Keeps the last groups that it read, so that destinations at about the same place read and decode each record once between
 * them. Behind a group of about as many records, or bytes, as it may have another follows: it is read while this one is delivered.
 */
export function createRecordReader(journal: Pick<Journal, "read">, options: RecordReaderOptions): RecordReader {
  const kept = createKeptGroups(options);
  let reading: readonly Reading[] = [];

  function begin(after: number): Reading {
    const started: Reading = { after, readers: 0, stored: readStored(after), records: undefined };
    reading = [...reading, started];
    return started;
  }

  /** Rejects also where the journal throws. */
  async function readStored(after: number): Promise<readonly JournalRecord[]> {
    return await journal.read(after, options.limit);
  }

  function end(ended: Reading): void {
    reading = reading.filter((one) => one !== ended);
  }

  /** One group ahead of each destination at most: where one has moved on otherwise, the oldest goes. */
  function readAhead(records: readonly JournalRecord[]): void {
    const last = records.at(-1);
    if (last === undefined || !isFull(records, options.limit)) return;
    if (kept.has(last.sequence) || reading.some((one) => one.after === last.sequence)) return;
    const ahead = reading.filter((one) => one.readers === 0);
    const [oldest] = ahead;
    if (oldest !== undefined && ahead.length >= options.readers()) end(oldest);
    const begun = begin(last.sequence);
    // Whoever asks for it tries again, and hears what is wrong.
    begun.stored.catch(() => end(begun));
  }

  return {
    async read(after) {
      const held = kept.take(after);
      if (held !== undefined) return held;
      const running = reading.find((one) => one.after === after) ?? begin(after);
      running.readers += 1;
      const isFirst = running.readers === 1;
      try {
        const stored = await running.stored;
        // The journal reads on while the records are looked at.
        if (isFirst) readAhead(stored);
        const records = (running.records ??= stored.map(readRecord));
        if (isFirst) kept.keep(after, records, running.readers);
        return records;
      } finally {
        if (isFirst) end(running);
      }
    },
  };
}

/** Most likely there is more behind it. */
function isFull(records: readonly JournalRecord[], limit: ReadLimit): boolean {
  return records.length >= limit.records || records.reduce((sum, { size }) => sum + size, 0) * 2 >= limit.bytes;
}

/** The bytes of a record, readable or not. */
export function bytesOf(record: ReadRecord): Uint8Array {
  return "view" in record ? record.view.bytes : record.bytes;
}

/** How many bytes a record has, readable or not. */
export function sizeOf(record: ReadRecord): number {
  return "view" in record ? record.view.size : record.bytes.length;
}

/** A record's header; what cannot be read is kept with the reason. */
export function readRecord(record: JournalRecord): ReadRecord {
  const { sequence, appendedAtMs, buffer, start, end, outline } = record;
  const read = viewOfStored(buffer, start, end, outline);
  if (read.ok) return { sequence, appendedAtMs, view: read.view };
  return { sequence, appendedAtMs, bytes: record.bytes, problem: `${read.problem.field} ${read.problem.reason}` };
}
