import type { DatabaseSync } from "node:sqlite";

/** Copies the write-ahead log into the file between an answer and the next commit: within a commit, as SQLite does it, those who wait for that would wait for this, too. */
export interface Checkpoints {
  /** To be called after each commit. `bytes`: what it wrote, about, beside the pages that every commit writes. */
  wrote(bytes: number): void;
  /** Copies what is in the log, and syncs it, if enough was written. */
  whenGrown(): void;
}

/** Small enough that what is copied is still in the processor's caches. */
const EVERY_BYTES = 1024 * 1024;
/** Past it SQLite copies it within the next commit: where more was written than was said, or a reader was in the way. */
const LOG_BYTES_MAX = 4 * 1024 * 1024;
/** Of the tables' trees, from their roots down. */
const COMMIT_PAGES = 3;

export function createCheckpoints(db: DatabaseSync): Checkpoints {
  const pageBytes = Number(db.prepare("PRAGMA page_size").get()?.page_size);
  db.exec(`PRAGMA wal_autocheckpoint = ${Math.ceil(LOG_BYTES_MAX / pageBytes)}`);
  const checkpoint = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  let written = 0;
  return {
    wrote(bytes) {
      written += bytes + COMMIT_PAGES * pageBytes;
    },
    whenGrown() {
      if (written < EVERY_BYTES) return;
      written = 0;
      try {
        checkpoint.get();
      } catch {
        // As with SQLite's own, or the database was closed: what was not copied is as durable in the log, and is copied later.
        return;
      }
    },
  };
}
