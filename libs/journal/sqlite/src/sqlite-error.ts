import { JournalError, type JournalErrorCode } from "@tapio/journal";

// https://www.sqlite.org/rescode.html
const codes: ReadonlyMap<number, JournalErrorCode> = new Map([
  [5, "locked"], // SQLITE_BUSY
  [6, "locked"], // SQLITE_LOCKED
  [11, "corrupt"], // SQLITE_CORRUPT
  [13, "full"], // SQLITE_FULL
  [26, "corrupt"], // SQLITE_NOTADB
]);

/** What went wrong in SQLite or the file system, as a JournalError; what is not known is taken as `io`, so that nothing is acknowledged any more. */
export function toJournalError(doing: string, error: unknown): JournalError {
  if (error instanceof JournalError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return new JournalError(code, `${doing}: ${message}${advice[code] ?? ""}`, error);
}

function codeOf(error: unknown): JournalErrorCode {
  if (!(error instanceof Error)) return "io";
  if ("errcode" in error && typeof error.errcode === "number") return codes.get(error.errcode & 0xff) ?? "io";
  if ("code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT")) return "full";
  return "io";
}

const advice: Partial<Record<JournalErrorCode, string>> = {
  full: "; nothing was written: free some space on the disk, or raise the journal's limit",
  io: "; the journal must be opened again",
  corrupt:
    "; the file is damaged: see how much with `tapioctl journal check`, and save the rest with `tapioctl journal repair` or a backup",
  locked: "; another program holds the database",
};
