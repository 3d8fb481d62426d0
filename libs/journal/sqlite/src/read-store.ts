import { DatabaseSync } from "node:sqlite";
import { JournalError, type JournalUsage } from "@tapio/journal";
import { appendBytesMax } from "./append-room.ts";
import { createDestinationQueries, type DestinationQueries } from "./destination-queries.ts";
import { createGroupQueries, type GroupQueries } from "./group-queries.ts";
import type { JournalPosition } from "./messages.ts";
import { withReadAhead } from "./read-ahead.ts";
import { toJournalError } from "./sqlite-error.ts";

/** Everything that reads a journal's file, in transactions of one statement. Synchronous: it lives in a thread of its own. */
export interface ReadStore extends GroupQueries, DestinationQueries {
  usage(position: JournalPosition, fileBytesMax: number): JournalUsage;
  close(): void;
}

/** @throws JournalError `io` or `corrupt`. */
export function openReadStore(file: string): ReadStore {
  try {
    return guarded(file, createReadStore(new DatabaseSync(file, { readOnly: true, timeout: 5000 })));
  } catch (error) {
    throw toJournalError(`open ${file} for reading`, error);
  }
}

function createReadStore(db: DatabaseSync): ReadStore {
  const groups = createGroupQueries(db);
  const pages = ["page_count", "freelist_count", "page_size"].map((name) => [name, db.prepare(`PRAGMA ${name}`)] as const);
  return {
    ...groups,
    read: withReadAhead(groups.read),
    ...createDestinationQueries(db),
    usage(position, fileBytesMax) {
      const recordBytes = groups.backlog(position.trimmedTo, position).bytes;
      if (fileBytesMax === 0) return { recordBytes, fill: 0 };
      const [count = 0, free = 0, size = 0] = pages.map(([name, statement]) => Number(statement.get()?.[name]));
      return { recordBytes, fill: Math.min(1, ((count - free) * size) / appendBytesMax(fileBytesMax)) };
    },
    close: () => db.close(),
  };
}

/** The same store, whose every error is a JournalError. */
function guarded(file: string, store: ReadStore): ReadStore {
  const guard =
    <Args extends unknown[], Result>(method: (...args: Args) => Result) =>
    (...args: Args): Result => {
      try {
        return method(...args);
      } catch (error) {
        if (error instanceof RangeError) throw new JournalError("corrupt", `read ${file}: ${error.message}`, error);
        throw toJournalError(`read ${file}`, error);
      }
    };
  return {
    read: guard(store.read),
    sequenceBefore: guard(store.sequenceBefore),
    find: guard(store.find),
    backlog: guard(store.backlog),
    verifyNewest: guard(store.verifyNewest),
    usage: guard(store.usage),
    due: guard(store.due),
    nextDueAtMs: guard(store.nextDueAtMs),
    rows: guard(store.rows),
    counts: guard(store.counts),
    settlements: guard(store.settlements),
    destinations: guard(store.destinations),
    close: guard(store.close),
  };
}
