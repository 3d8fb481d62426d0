import type { ReadLimit } from "@tapio/journal";
import type { GroupQueries } from "./group-queries.ts";
import { PACKED_NUMBERS, type PackedRecords } from "./messages.ts";

type Read = GroupQueries["read"];

interface Ahead {
  readonly after: number;
  readonly limit: ReadLimit;
  /** The journal's head when it was read. */
  readonly head: number;
  readonly packed: PackedRecords[];
}

/**
 * Reads on while nobody asks: who catches up asks for what follows next, and this thread would idle until then. Only behind a read that went on where the
 * one before it ended, so that destinations at different places cost nothing; one read at most is kept.
 */
export function withReadAhead(read: Read, later: (work: () => void) => void = setImmediate): Read {
  let ahead: Ahead | undefined;
  let lastRead: number | undefined;

  function readOn(after: number, limit: ReadLimit, head: number): void {
    if (lastRead !== after || ahead !== undefined) return;
    try {
      ahead = { after, limit, head, packed: read(after, limit, head) };
    } catch {
      // Whoever asks for it tries again, and hears what is wrong.
    }
  }

  return (after, limit, head) => {
    const found = ahead !== undefined && isFor(ahead, after, limit, head) ? ahead.packed : read(after, limit, head);
    const goesOn = lastRead === after;
    const last = lastOf(found);
    ahead = undefined;
    lastRead = last;
    if (goesOn && last !== undefined && last < head) later(() => readOn(last, limit, head));
    return found;
  };
}

/** What reached the head has more behind it once that has moved. */
function isFor(ahead: Ahead, after: number, { records, bytes }: ReadLimit, head: number): boolean {
  if (ahead.after !== after || ahead.limit.records !== records || ahead.limit.bytes !== bytes) return false;
  return ahead.head === head || (lastOf(ahead.packed) ?? head) < ahead.head;
}

function lastOf(packed: readonly PackedRecords[]): number | undefined {
  return packed.at(-1)?.table.at(-PACKED_NUMBERS);
}
