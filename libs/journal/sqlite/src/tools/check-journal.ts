import { setImmediate as nextTurn } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { SequenceRange } from "@tapio/journal";
import { DATABASE_FILE } from "../folder.ts";
import { FORMAT_VERSION } from "../schema.ts";
import { toJournalError } from "../sqlite-error.ts";
import { checkDestinations, type DestinationTotals } from "./check-destinations.ts";
import { checkRecords } from "./check-records.ts";
import { type OnProgress, openInspected, sizeOf } from "./inspected-file.ts";

export interface CheckOptions {
  readonly onProgress?: OnProgress | undefined;
  /**
   * Gives the id of an encoded record, `undefined` when it cannot be told: with it, each record is looked into, and its id compared with what
   * was stored. To the journal the bytes are opaque.
   */
  readonly idOf?: ((bytes: Uint8Array) => string | undefined) | undefined;
}

export interface JournalProblem {
  /** `file`: SQLite's own check; `records`: what cannot be read as it was written; `destinations`: their cursors, rows and settlements. */
  readonly area: "file" | "records" | "destinations";
  /** The sequences concerned, where that can be said. */
  readonly sequences: SequenceRange | undefined;
  readonly message: string;
}

export interface JournalReport {
  readonly path: string;
  readonly format: number;
  /** True when there is no problem. */
  readonly isWhole: boolean;
  readonly problems: readonly JournalProblem[];
  /** Kept records that are gone: those that cannot be read, and those that an earlier repair could not save. */
  readonly lost: readonly SequenceRange[];
  readonly first: number;
  readonly head: number;
  /** Records that were read whole. */
  readonly records: number;
  readonly recordBytes: number;
  readonly fileBytes: number;
  readonly destinations: readonly DestinationTotals[];
}

/**
 * Reads everything, and says what is not as it was written. Changes nothing, and works while a gateway runs, whose write-ahead log may grow
 * during SQLite's own check.
 * @throws JournalError when the file cannot be opened as a journal at all.
 */
export async function checkJournal(path: string, options: CheckOptions = {}): Promise<JournalReport> {
  const { onProgress = () => undefined, idOf } = options;
  const db = openInspected(path);
  const problems: JournalProblem[] = [];
  try {
    onProgress({ phase: "file", done: 0, total: 0 });
    await nextTurn();
    problems.push(...checkFile(db));
    const records = await checkRecords(db, { onProgress, idOf });
    onProgress({ phase: "destinations", done: 0, total: 0 });
    await nextTurn();
    const destinations = checkDestinations(db);
    problems.push(...records.problems, ...destinations.problems);
    const { first, head, lost } = records;
    const totals = { records: records.records, recordBytes: records.recordBytes, fileBytes: sizeOf(join(path, DATABASE_FILE)) };
    const isWhole = problems.length === 0;
    return { path, format: FORMAT_VERSION, isWhole, problems, lost, first, head, ...totals, destinations: destinations.totals };
  } finally {
    db.close();
  }
}

/** SQLite's own check of pages, trees and indexes. */
function checkFile(db: DatabaseSync): JournalProblem[] {
  try {
    const lines = db.prepare("PRAGMA integrity_check(100)").all();
    const messages = lines.map((line) => String(line.integrity_check)).filter((message) => message !== "ok");
    return messages.map((message) => ({ area: "file", sequences: undefined, message }));
  } catch (error) {
    return [{ area: "file", sequences: undefined, message: toJournalError("SQLite's own check", error).message }];
  }
}
