import { DatabaseSync } from "node:sqlite";
import { lastWithHash } from "./group-queries.ts";
import { type IndexFile, openIndexFile, removeIndexFile, type Segment } from "./index-file.ts";
import { bucketOf, createSegmentBuilder, placesIn } from "./index-segment.ts";
import { type JournalPosition, TABLE_WORDS } from "./messages.ts";
import { wordsOf } from "./record-groups.ts";
import { toJournalError } from "./sqlite-error.ts";
import { storedPosition } from "./stored-position.ts";
import { walkGroups } from "./walk-groups.ts";

/** Finds records by the hash of their ids, and indexes those that it did not yet. Synchronous: it lives in a thread of its own. */
export interface IndexStore {
  /** The newest kept record whose id has this hash. What is not indexed yet is looked through. */
  find(hash: Uint32Array, position: JournalPosition): number | undefined;
  /** Indexes one more segment, if there is one, and drops what was trimmed; true when there may be more to do. */
  step(): boolean;
  close(): void;
}

export interface IndexStoreOptions {
  readonly journalFile: string;
  readonly indexFile: string;
  readonly segmentRecords: number;
  /** How often to look for something to index; 0: only when `step` is called. */
  readonly everyMs: number;
}

/** A pause after each segment, so that building an index leaves the disk and the processor to others. */
const PAUSE_MS = 100;
/** After an index that could not be written (a full disk, for instance). */
const RETRY_MS = 60_000;

/** @throws JournalError `io` or `corrupt` when the journal cannot be read; whatever is wrong with the index only makes it anew. */
export function openIndexStore(options: IndexStoreOptions): IndexStore {
  const db = new DatabaseSync(options.journalFile, { readOnly: true, timeout: 5000 });
  const store = createIndexStore(db, options);
  let timer: NodeJS.Timeout | undefined;
  const loop = (): void => {
    let delayMs = options.everyMs;
    try {
      if (store.step()) delayMs = PAUSE_MS;
    } catch {
      delayMs = RETRY_MS;
    }
    timer = setTimeout(loop, delayMs).unref();
  };
  if (options.everyMs > 0) timer = setTimeout(loop, 0).unref();
  return {
    ...store,
    close() {
      clearTimeout(timer);
      store.close();
    },
  };
}

function createIndexStore(db: DatabaseSync, { journalFile, indexFile, segmentRecords }: IndexStoreOptions): IndexStore {
  const lookups = createLookups(db);
  const index = createIndexHolder(indexFile, lookups.isOurs);
  /** Without the index when that is damaged, which is then dropped. */
  const find = (hash: Uint32Array, { trimmedTo, head }: JournalPosition): number | undefined => {
    try {
      const file = index.opened();
      const indexedTo = Math.max(trimmedTo, file.newest?.last ?? 0);
      return lookups.scan(hash, indexedTo, head) ?? lookups.look(file, hash, trimmedTo);
    } catch {
      index.drop();
      return lookups.scan(hash, trimmedTo, head);
    }
  };

  return {
    find(hash, position) {
      try {
        return find(hash, position);
      } catch (error) {
        throw toJournalError(`find in ${journalFile}`, error);
      }
    },
    step() {
      try {
        const { trimmedTo, head } = storedPosition(db);
        const file = index.opened();
        file.trimTo(trimmedTo);
        return buildSegment(db, file, { trimmedTo, head }, segmentRecords);
      } catch (error) {
        index.drop();
        throw error;
      }
    },
    close() {
      index.close();
      db.close();
    },
  };
}

interface IndexHolder {
  /** The index; made anew when what is there belongs to another journal. */
  opened(): IndexFile;
  /** Removes it: it was damaged, or could not be written. */
  drop(): void;
  close(): void;
}

function createIndexHolder(file: string, isOurs: (newest: Segment) => boolean): IndexHolder {
  let index: IndexFile | undefined;
  const drop = () => {
    try {
      index?.close();
    } finally {
      index = undefined;
      removeIndexFile(file);
    }
  };
  return {
    opened() {
      if (index !== undefined) return index;
      index = openIndexFile(file);
      if (index.newest === undefined || isOurs(index.newest)) return index;
      drop();
      return (index = openIndexFile(file));
    },
    drop,
    close() {
      index?.close();
      index = undefined;
    },
  };
}

function createLookups(db: DatabaseSync) {
  const groupAt = db.prepare(
    "SELECT first_sequence, facts_crc, entries FROM record_group WHERE first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1",
  );
  const entriesDown = db.prepare(
    "SELECT first_sequence, entries FROM record_group WHERE first_sequence > ? AND first_sequence <= ? ORDER BY first_sequence DESC",
  );
  return {
    isOurs: ({ last, factsCrc }: Segment) => last <= storedPosition(db).trimmedTo || groupAt.get(last)?.facts_crc === factsCrc,
    /** Looks through what is not indexed, from the head down. */
    scan(hash: Uint32Array, after: number, head: number): number | undefined {
      for (const { first_sequence: first, entries } of entriesDown.iterate(after, head)) {
        const found = lastWithHash(wordsOf(entries), hash);
        if (found >= 0) return Number(first) + found;
      }
      return undefined;
    },
    /** What the index holds is a part of the hash: the journal has the whole. */
    look(file: IndexFile, hash: Uint32Array, trimmedTo: number): number | undefined {
      for (const { first, entries } of file.bucket(bucketOf(hash[0] ?? 0))) {
        for (const place of placesIn(entries, hash)) {
          const sequence = first + place;
          const group = groupAt.get(sequence);
          const record = sequence - Number(group?.first_sequence ?? 0);
          const words = wordsOf(group?.entries).subarray(record * TABLE_WORDS, (record + 1) * TABLE_WORDS);
          if (sequence > trimmedTo && lastWithHash(words, hash) === 0) return sequence;
        }
      }
      return undefined;
    },
  };
}

/** False when there are not yet enough records for a segment. */
function buildSegment(db: DatabaseSync, file: IndexFile, { trimmedTo, head }: JournalPosition, segmentRecords: number): boolean {
  const indexedTo = Math.max(trimmedTo, file.newest?.last ?? 0);
  if (head - indexedTo < segmentRecords) return false;
  const builder = createSegmentBuilder();
  const first = indexedTo + 1;
  let last = indexedTo;
  let factsCrc = 0;
  for (const row of walkGroups(db, "first_sequence, record_count, facts_crc, entries", first)) {
    builder.add(wordsOf(row.entries), Number(row.first_sequence) - first);
    last = Number(row.first_sequence) + Number(row.record_count) - 1;
    factsCrc = Number(row.facts_crc);
    if (last - indexedTo >= segmentRecords) break;
  }
  if (last === indexedTo) return false;
  file.put({ first, last, factsCrc }, builder.buckets());
  return true;
}
