import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { wordsOf } from "./record-groups.ts";

/** "Tpjx". */
const APPLICATION_ID = 0x54706a78;
const FORMAT_VERSION = 2;

/** A run of records whose hashes are in the index. */
export interface Segment {
  readonly first: number;
  readonly last: number;
  /** Of the group that ends it: a journal that has another one there is another journal. */
  readonly factsCrc: number;
}

/** The derived file beside the journal's, which tells where ids are. Nothing depends on it: it may be deleted at any time. */
export interface IndexFile {
  readonly newest: Segment | undefined;
  put(segment: Segment, buckets: readonly Uint32Array[]): void;
  /** Removes segments that lie wholly at or below this sequence. */
  trimTo(sequence: number): void;
  /** This bucket of every segment, the newest first. */
  bucket(number: number): Iterable<{ readonly first: number; readonly entries: Uint32Array }>;
  close(): void;
}

/** Rows of some 2 KB stand whole in pages of this size. */
const PAGE_BYTES = 16 * 1024;

/** A segment's buckets lie side by side, so that it is written once and in few pages; with those of a number side by side each would dirty a page of its own. */
const SCHEMA = `
  CREATE TABLE segment (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, facts_crc INTEGER NOT NULL);
  CREATE TABLE bucket (segment INTEGER NOT NULL, number INTEGER NOT NULL, entries BLOB NOT NULL, PRIMARY KEY (segment, number)) WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT_VERSION};
`;

/** Opens the index, or makes a new one in place of what is not today's. */
export function openIndexFile(file: string): IndexFile {
  try {
    return openAsIs(file);
  } catch {
    removeIndexFile(file);
    return openAsIs(file);
  }
}

export function removeIndexFile(file: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(file + suffix, { force: true });
}

function openAsIs(file: string): IndexFile {
  const db = new DatabaseSync(file, { timeout: 5000 });
  try {
    const isNew = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n === 0;
    // A power cut may take the last segments with it, never their order: they are made again.
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
    if (isNew) db.exec(`BEGIN; ${SCHEMA} COMMIT`);
    const { application_id: application } = db.prepare("PRAGMA application_id").get() ?? {};
    const { user_version: version } = db.prepare("PRAGMA user_version").get() ?? {};
    if (application !== APPLICATION_ID || version !== FORMAT_VERSION) throw new Error(`${file} is no index of this format`);
    return createIndexFile(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function createIndexFile(db: DatabaseSync): IndexFile {
  const newest = db.prepare("SELECT first, last, facts_crc FROM segment ORDER BY first DESC LIMIT 1");
  const putSegment = db.prepare("INSERT INTO segment VALUES (?, ?, ?)");
  const putBucket = db.prepare("INSERT INTO bucket VALUES (?, ?, ?)");
  const oldest = db.prepare("SELECT first, last FROM segment ORDER BY first LIMIT 1");
  const dropSegment = db.prepare("DELETE FROM segment WHERE first = ?");
  const dropBuckets = db.prepare("DELETE FROM bucket WHERE segment = ?");
  // CROSS JOIN: the segments from the newest on, and one look for each.
  const buckets = db.prepare("SELECT first, entries FROM segment CROSS JOIN bucket ON segment = first AND number = ? ORDER BY first DESC");
  const transact = (work: () => void) => {
    db.exec("BEGIN");
    try {
      work();
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  };

  return {
    get newest() {
      const row = newest.get();
      return row && { first: Number(row.first), last: Number(row.last), factsCrc: Number(row.facts_crc) };
    },
    put({ first, last, factsCrc }, entries) {
      transact(() => {
        putSegment.run(first, last, factsCrc);
        for (const [number, words] of entries.entries()) {
          if (words.length > 0) putBucket.run(first, number, checked(words));
        }
      });
    },
    trimTo(sequence) {
      for (let row = oldest.get(); row !== undefined && Number(row.last) <= sequence; row = oldest.get()) {
        const first = Number(row.first);
        transact(() => {
          dropBuckets.run(first);
          dropSegment.run(first);
        });
      }
    },
    *bucket(number) {
      for (const row of buckets.iterate(number)) yield { first: Number(row.first), entries: unchecked(wordsOf(row.entries)) };
    },
    close: () => db.close(),
  };
}

/** The words behind their CRC-32: an entry that is not what was written would hide a record. */
function checked(words: Uint32Array): Uint8Array {
  const all = new Uint32Array(words.length + 1);
  all.set(words, 1);
  all[0] = crc32(new Uint8Array(all.buffer, 4));
  return new Uint8Array(all.buffer);
}

/** @throws Error when the words are not what was written. */
function unchecked(words: Uint32Array): Uint32Array {
  const entries = words.subarray(1);
  if (crc32(new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength)) !== words[0])
    throw new Error("the index of ids is damaged");
  return entries;
}
