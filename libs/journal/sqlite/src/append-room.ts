import type { DatabaseSync } from "node:sqlite";
import { JournalError } from "@tapio/journal";
import { type PackedGroup, TABLE_WORDS } from "./messages.ts";

/** This part of the bound is for destinations' commits alone: their rows need room before anything can be settled and trimmed. */
const reservedPart = 0.05;

/** Why a group may not be appended to a file that has a bound; `undefined`: there is room, or no bound. */
export function createAppendRoom(db: DatabaseSync, file: string, fileBytesMax: number): (group: PackedGroup) => JournalError | undefined {
  if (fileBytesMax === 0) return () => undefined;
  const pragma = (name: string) => {
    const statement = db.prepare(`PRAGMA ${name}`);
    return () => Number(statement.get()?.[name]);
  };
  const [pages, freePages, pageBytes] = [pragma("page_count"), pragma("freelist_count"), pragma("page_size")()];
  const bytesMax = fileBytesMax * (1 - reservedPart);
  return ({ count, bodyBytes }) => {
    const needed = bodyBytes + count * TABLE_WORDS * 4;
    const used = (pages() - freePages()) * pageBytes;
    if (used + needed <= bytesMax) return undefined;
    const room = `${used} bytes of it are used, and the last ${Math.round(reservedPart * 100)} % are for destinations' progress`;
    return new JournalError(
      "full",
      `write to ${file}: it may have ${fileBytesMax} bytes, ${room}; nothing was written: raise the journal's limit`,
    );
  };
}
