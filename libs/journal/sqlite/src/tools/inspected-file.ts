import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { JournalError } from "@tapio/journal";
import { DATABASE_FILE } from "../folder.ts";
import { checkIdentity, FORMAT_VERSION, pragma } from "../schema.ts";
import { toJournalError } from "../sqlite-error.ts";

/** How far a tool is. */
export interface ToolProgress {
  readonly phase: "file" | "records" | "destinations" | "copy" | "check";
  /** Of `total`, in what the phase counts: sequences, or bytes when it copies; both 0 where that cannot be said. */
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: ToolProgress) => void;

/**
 * The journal's file in a folder, to be read and never changed; also while a gateway runs on it. What a killed process left in the
 * write-ahead log is seen.
 * @throws JournalError `version` when there is no journal of today's format, `corrupt` when the file is none, `io`.
 */
export function openInspected(path: string): DatabaseSync {
  const file = join(path, DATABASE_FILE);
  if (!existsSync(file)) throw new JournalError("version", `read ${path}: the folder holds no ${DATABASE_FILE}; name a journal's folder`);
  let db: DatabaseSync | undefined;
  try {
    db = openReadOnly(file);
    const version = pragma(db, "user_version");
    checkIdentity(file, pragma(db, "application_id"), version);
    if (version === FORMAT_VERSION) return db;
  } catch (error) {
    db?.close();
    throw toJournalError(`read ${file}`, error);
  }
  db.close();
  throw new JournalError("version", `read ${file}: it is of an older format; start a gateway on it once, which brings it to today's`);
}

/** On a read-only medium SQLite cannot make the file that its readers share, and needs to be told that nobody writes. */
function openReadOnly(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return db;
  } catch (error) {
    db.close();
    const cannotOpen = error instanceof Error && "errcode" in error && (error.errcode === 14 || error.errcode === 8);
    if (!cannotOpen || sizeOf(`${file}-wal`) > 0) throw error;
    const url = pathToFileURL(resolve(file));
    url.searchParams.set("immutable", "1");
    return new DatabaseSync(url, { readOnly: true });
  }
}

/** Bytes of a file; 0 when there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Makes the folder that a copy goes to. @throws JournalError `version` when something is in it. */
export function makeTarget(to: string): string {
  try {
    mkdirSync(to, { recursive: true });
    const [found] = readdirSync(to);
    if (found === undefined) return join(to, DATABASE_FILE);
    throw new JournalError("version", `write ${to}: the folder holds ${found}; name a new or an empty one`);
  } catch (error) {
    throw toJournalError(`write ${to}`, error);
  }
}
