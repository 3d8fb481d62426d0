import type { DatabaseSync } from "node:sqlite";
import { JournalError } from "@tapio/journal";
import { type PackedGroup, TABLE_WORDS } from "./messages.ts";

/** A window of rows with their records must fit where nothing is appended any more: so much, or a twentieth, but at most a quarter of a small file. */
const reservedBytes = 8 * 1024 * 1024;

/** What appends may fill of a file that has a bound. The rest is for destinations' commits alone: their rows need room before anything can be settled and trimmed. */
export function appendBytesMax(fileBytesMax: number): number {
  return Math.floor(fileBytesMax - Math.max(fileBytesMax / 20, Math.min(reservedBytes, fileBytesMax / 4)));
}

/** Why a group may not be appended to a file that has a bound; `undefined`: there is room, or no bound. */
export function createAppendRoom(db: DatabaseSync, file: string, fileBytesMax: number): (group: PackedGroup) => JournalError | undefined {
  if (fileBytesMax === 0) return () => undefined;
  const pragma = (name: string) => {
    const statement = db.prepare(`PRAGMA ${name}`);
    return () => Number(statement.get()?.[name]);
  };
  const [pages, freePages, pageBytes] = [pragma("page_count"), pragma("freelist_count"), pragma("page_size")()];
  const bytesMax = appendBytesMax(fileBytesMax);
  return ({ count, bodyBytes }) => {
    const needed = bodyBytes + count * TABLE_WORDS * 4;
    const used = (pages() - freePages()) * pageBytes;
    if (used + needed <= bytesMax) return undefined;
    return new JournalError(
      "full",
      `write to ${file}: ${needed} bytes do not fit: ${used} are used of the ${bytesMax} that records may take, the rest of max_file_bytes (${fileBytesMax}) is room for ` +
        "destinations' progress; nothing was written: raise max_file_bytes, or let retention make room",
    );
  };
}
