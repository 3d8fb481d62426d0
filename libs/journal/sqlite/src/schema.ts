import type { DatabaseSync } from "node:sqlite";
import { JournalError } from "@tapio/journal";
import { upgradeFromVersion1 } from "./upgrade.ts";

/** "Tpjl", in the database's header: https://www.sqlite.org/fileformat.html#application_id */
export const APPLICATION_ID = 0x54706a6c;
/** In the header's `user_version`. Raise it with every change of the tables, and add the upgrade. */
export const FORMAT_VERSION = 2;

/**
 * Of the pages of a new file; one that is there keeps its own (4096 bytes before). A large group costs the writer a tenth less than with pages
 * of 4096 bytes. With larger ones it would be no less, while commits of single records or of a cursor write whole pages, what is damaged
 * takes more with it, and a small file is full with less in it.
 */
export const PAGE_BYTES = 8192;

/** The file's header and that of the first page, the root of the schema's table: https://www.sqlite.org/fileformat.html#b_tree_pages */
export const HEADER_BYTES = 108;
const SCHEMA_CELLS_AT = 103;
const MAGIC = "SQLite format 3\0";

/**
 * Looks at a database file's first bytes, before anything opens it: a file that is not ours is not touched. What a process leaves that
 * was killed while it made a journal passes (nothing, zeros that a rollback journal undoes, or a database without a table):
 * `ensureSchema` decides.
 * @throws JournalError `version` or `corrupt`.
 */
export function checkHeader(file: string, header: Uint8Array): void {
  if (header.every((byte) => byte === 0)) return;
  const view = Buffer.from(header.buffer, header.byteOffset, header.length);
  if (view.length < HEADER_BYTES || view.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new JournalError("corrupt", `open ${file}: this is no SQLite database; restore it from a copy, or choose another folder`);
  }
  const applicationId = view.readUInt32BE(68);
  const isWithoutTable = view.readUInt16BE(SCHEMA_CELLS_AT) === 0;
  if (applicationId === 0 && isWithoutTable) return;
  checkIdentity(file, applicationId, view.readUInt32BE(60));
}

/**
 * Makes the tables in a new database, or checks that they are ours, and brings an older format to today's. One transaction, without the
 * write-ahead log: whatever a kill leaves is either what was there or ours, in the main file.
 */
export function ensureSchema(file: string, db: DatabaseSync): void {
  const applicationId = pragma(db, "application_id");
  const isNew = applicationId === 0 && db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n === 0;
  if (isNew) {
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
    return inOneTransaction(db, (sql) => db.exec(`${sql}; PRAGMA application_id = ${APPLICATION_ID}`));
  }
  const version = pragma(db, "user_version");
  checkIdentity(file, applicationId, version);
  if (version === 1) inOneTransaction(db, (sql) => upgradeFromVersion1(db, sql));
}

/**
 * `record_group`: one row per group. `entries` is, per record, 16 bytes of the id's hash and the size of its bytes as little-endian
 * words; it stands before `body` so that ids are read without the bodies. `body` is NULL once trimmed: the ids stay while they are
 * within the dedupe window. `bytes_through` counts the bytes of all records ever appended up to the group's last: what lies between two
 * sequences is a difference of two. `facts_crc` covers everything but the body, `body_crc` that.
 * `destination_state` and `destination_control` have tables of their own, so that they are not rewritten when only the cursor moves.
 */
const SCHEMA = `
  CREATE TABLE journal (trimmed_to INTEGER NOT NULL);
  INSERT INTO journal VALUES (0);
  CREATE TABLE record_group (
    first_sequence INTEGER PRIMARY KEY,
    record_count INTEGER NOT NULL,
    appended_at_ms INTEGER NOT NULL,
    bytes_through INTEGER NOT NULL,
    facts_crc INTEGER NOT NULL,
    body_crc INTEGER NOT NULL,
    entries BLOB NOT NULL,
    body BLOB
  );
  CREATE TABLE destination (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    generation INTEGER NOT NULL,
    cursor INTEGER
  );
  CREATE TABLE destination_state (destination INTEGER PRIMARY KEY, state BLOB NOT NULL);
  CREATE TABLE destination_control (destination INTEGER PRIMARY KEY, control BLOB NOT NULL);
  CREATE TABLE delivery_row (
    destination INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    state INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_attempt_at_ms REAL NOT NULL,
    due_at_ms REAL NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    key TEXT,
    through INTEGER,
    history BLOB,
    bytes BLOB
  );
  CREATE UNIQUE INDEX delivery_row_by_sequence ON delivery_row (destination, sequence);
  CREATE INDEX delivery_row_by_state ON delivery_row (destination, state, sequence);
  CREATE INDEX delivery_row_by_due ON delivery_row (destination, due_at_ms, sequence) WHERE state = 0;
  CREATE TABLE settlement (
    destination INTEGER NOT NULL,
    is_late INTEGER NOT NULL,
    to_sequence INTEGER NOT NULL,
    from_sequence INTEGER NOT NULL,
    at_ms REAL NOT NULL,
    note BLOB NOT NULL,
    PRIMARY KEY (destination, is_late, to_sequence)
  ) WITHOUT ROWID;
`;

/** `change` gets the statements that make today's tables. */
function inOneTransaction(db: DatabaseSync, change: (sql: string) => void): void {
  db.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE");
  try {
    change(SCHEMA);
    db.exec(`PRAGMA user_version = ${FORMAT_VERSION}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

export function checkIdentity(file: string, applicationId: number, version: number): void {
  if (applicationId !== APPLICATION_ID) {
    throw new JournalError("version", `open ${file}: this is another program's database; choose another folder`);
  }
  if (version < 1 || version > FORMAT_VERSION) {
    throw new JournalError(
      "version",
      `open ${file}: its format is ${version} and this version reads up to ${FORMAT_VERSION}; run the version that wrote it`,
    );
  }
}

export function pragma(db: DatabaseSync, name: "application_id" | "user_version"): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
