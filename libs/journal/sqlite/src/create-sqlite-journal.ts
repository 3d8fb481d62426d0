import { checkAppend, checkRead, checkSequence, type Journal, JournalError, type JournalRecord, type ReadLimit } from "@tapio/journal";
import { bytesOf } from "./group-packer.ts";
import { hashId } from "./id-hash.ts";
import { createLiveJournal, type LiveJournal, type SqliteJournalParts } from "./live-journal.ts";
import { APPEND_BYTES_MAX, type SqliteJournalSettings } from "./options.ts";
import { createSqliteDestinationLog } from "./sqlite-destination-log.ts";
import { unpackRecords } from "./stored-group.ts";

/** The journal over its threads: groups what is to be written, reads near the head from memory, asks the reader for the rest. */
export async function createSqliteJournal(parts: SqliteJournalParts): Promise<Journal> {
  const live = await createLiveJournal(parts);
  return {
    durability: "fsync",
    ...createWrites(live),
    ...createReads(live),
    ...createQueries(live, parts.settings),
    waitPast: (sequence, signal) => live.waitPast(sequence, signal),
    bounds: () => ({ first: live.position.trimmedTo + 1, head: live.position.head }),
    condition: () => live.health.condition(),
    close: () => live.close(),
  };
}

function createWrites(live: LiveJournal): Pick<Journal, "append" | "trimTo" | "open"> {
  return {
    async append(group) {
      const commits = live.commits();
      checkAppend(group);
      const bytes = bytesOf(group);
      if (bytes > APPEND_BYTES_MAX) throw new RangeError(`append: ${bytes} bytes in one group; at most ${APPEND_BYTES_MAX}, split it`);
      if (group.length === 0) return [];
      live.health.assertRoom();
      return commits.append(group);
    },
    async trimTo(sequence) {
      live.health.assertUsable();
      checkSequence("trimTo: sequence", sequence);
      for (let done = sequence <= live.position.trimmedTo; !done;) {
        const result = await live.commits().act({ kind: "trim", sequence });
        if (result.kind === "not_trimmed") throw new JournalError(result.code, result.message);
        done = result.kind !== "trimmed" || result.done;
      }
    },
    async open(destination, kind) {
      const result = await live.commits().act({ kind: "open", destination, destinationKind: kind });
      if (result.kind !== "opened") throw new JournalError("io", `open ${destination}: the writer answered ${result.kind}`);
      return createSqliteDestinationLog(destination, result.log, live);
    },
  };
}

function createReads(live: LiveJournal): Pick<Journal, "read" | "get"> {
  const read = async (after: number, { records, bytes }: ReadLimit): Promise<JournalRecord[]> => {
    const { trimmedTo, head } = live.position;
    const from = Math.max(after, trimmedTo);
    if (from >= head) return [];
    return live.tail.read(from, { records, bytes }) ?? unpackRecords(await live.reader().call("read", [from, { records, bytes }, head]));
  };
  return {
    async read(after, limit) {
      live.health.assertUsable();
      checkRead(after, limit);
      return read(after, limit);
    },
    async get(sequence) {
      live.health.assertUsable();
      checkSequence("get: sequence", sequence);
      if (sequence <= live.position.trimmedTo || sequence > live.position.head) return undefined;
      const [record] = await read(sequence - 1, { records: 1, bytes: 0 });
      return record?.sequence === sequence ? record : undefined;
    },
  };
}

type Queries = Pick<Journal, "find" | "backlog" | "usage" | "sequenceBefore" | "destinations">;

function createQueries(live: LiveJournal, { maxFileBytes }: SqliteJournalSettings): Queries {
  return {
    async find(id) {
      const hash = new Uint32Array(4);
      hashId(id, hash, 0);
      return live.finder().find(hash);
    },
    async backlog(after) {
      const reader = live.reader();
      checkSequence("backlog: after", after);
      return reader.call("backlog", [after, live.position]);
    },
    async usage() {
      return live.reader().call("usage", [live.position, maxFileBytes]);
    },
    async sequenceBefore(atMs) {
      return live.reader().call("sequenceBefore", [atMs, live.position]);
    },
    async destinations() {
      return live.reader().call("destinations", []);
    },
  };
}
