import { checkAppend, checkRead, checkSequence, createHeadWatch, type HeadWatch, JournalError } from "@tapio/journal";
import type { Journal, JournalCondition, JournalRecord, ReadLimit } from "@tapio/journal";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import { bytesOf, type GroupBuffers } from "./group-packer.ts";
import { hashId } from "./id-hash.ts";
import type { JournalPosition, WriteReply } from "./messages.ts";
import { APPEND_BYTES_MAX, type SqliteJournalSettings } from "./options.ts";
import type { ReadStore } from "./read-store.ts";
import { createRecordTail, type RecordTail } from "./record-tail.ts";
import { createSqliteDestinationLog } from "./sqlite-destination-log.ts";
import { unpackRecords } from "./stored-group.ts";
import type { WorkerClient } from "./worker-client.ts";
import type { WriteStore } from "./write-store.ts";

export interface SqliteJournalParts {
  readonly settings: SqliteJournalSettings;
  readonly writer: WorkerClient<WriteStore>;
  readonly reader: WorkerClient<ReadStore>;
  readonly position: JournalPosition;
  /** Called once everything else is closed. */
  readonly release: () => void;
}

/** What changes while a journal is open. */
interface Live {
  head: number;
  trimmedTo: number;
  closing: Promise<void> | undefined;
  condition: JournalCondition;
  /** Throws `closed` once it is. */
  readonly assertOpen: () => void;
  readonly tail: RecordTail;
}

const OK: JournalCondition = { state: "ok", message: "" };

/** The journal over its two threads: knows the head from what is committed, groups what is to be written, asks the reader for the rest. */
export function createSqliteJournal(parts: SqliteJournalParts): Journal {
  const { path } = parts.settings;
  const live: Live = {
    ...parts.position,
    closing: undefined,
    condition: OK,
    tail: createRecordTail(parts.settings.tailBytesMax),
    assertOpen() {
      if (live.closing) throw new JournalError("closed", `the journal in ${path} is closed`);
    },
  };
  const watch = createHeadWatch(live.head);
  const commits = createCommits(parts, live, watch);
  return {
    durability: "fsync",
    ...createWrites(parts, live, commits),
    ...createReads(parts, live),
    waitPast: (sequence, signal) => watch.waitPast(sequence, signal),
    bounds: () => ({ first: live.trimmedTo + 1, head: live.head }),
    condition: () => (live.closing ? { state: "failed", message: `the journal in ${path} is closed` } : live.condition),
    close() {
      live.closing ??= closeParts(parts, () => commits.drained());
      watch.end(new JournalError("closed", `the journal in ${path} was closed`));
      return live.closing;
    },
  };
}

function createCommits({ settings, writer }: SqliteJournalParts, live: Live, watch: HeadWatch): GroupCommit {
  return createGroupCommit({
    write: (request, transfer) => writer.call("write", [request], transfer),
    groupRecordsMax: settings.maxGroupRecords,
    groupBytesMax: settings.maxGroupBytes,
    lingerMs: settings.lingerMs,
    clock: settings.clock,
    onCommitted(reply) {
      const spare = keepInTail(live.tail, reply);
      live.head = reply.head;
      live.trimmedTo = reply.trimmedTo;
      live.condition = OK;
      live.tail.trimTo(reply.trimmedTo);
      watch.advance(reply.head);
      return spare;
    },
    onRefused({ code, message }) {
      if (code === "full") live.condition = { state: "full", message };
    },
    onFailed(error) {
      live.condition = { state: "failed", message: error.message };
      settings.logger.error(
        { path: settings.path, code: error.code, err: error },
        "the journal failed and takes no more writes until it is opened again",
      );
      watch.end(error);
    },
  });
}

/** Buffers that can be used again. */
function keepInTail(tail: RecordTail, reply: WriteReply): GroupBuffers | undefined {
  const { table, bodies, firstSequence: first, added: count, bodyBytes, appendedAtMs } = reply;
  if (table === undefined || bodies === undefined) return undefined;
  return count === 0 ? { table, bodies } : tail.add({ first, count, bodyBytes, appendedAtMs, table, bodies });
}

function createWrites({ reader }: SqliteJournalParts, live: Live, commits: GroupCommit): Pick<Journal, "append" | "trimTo" | "open"> {
  return {
    async append(group) {
      live.assertOpen();
      checkAppend(group);
      const bytes = bytesOf(group);
      if (bytes > APPEND_BYTES_MAX) throw new RangeError(`append: ${bytes} bytes in one group; at most ${APPEND_BYTES_MAX}, split it`);
      return group.length === 0 ? [] : commits.append(group);
    },
    async trimTo(sequence) {
      live.assertOpen();
      checkSequence("trimTo: sequence", sequence);
      for (let done = sequence <= live.trimmedTo; !done;) {
        const result = await commits.act({ kind: "trim", sequence });
        done = result.kind !== "trimmed" || result.done;
        if (!done) live.assertOpen();
      }
    },
    async open(destination, kind) {
      live.assertOpen();
      const result = await commits.act({ kind: "open", destination, destinationKind: kind });
      if (result.kind !== "opened") throw new JournalError("io", `open ${destination}: the writer answered ${result.kind}`);
      return createSqliteDestinationLog(destination, result.log, { commits, reader, assertOpen: live.assertOpen });
    },
  };
}

type Reads = Pick<Journal, "read" | "get" | "find" | "backlog" | "usage" | "sequenceBefore" | "destinations">;

function createReads({ reader, settings }: SqliteJournalParts, live: Live): Reads {
  const position = () => ({ trimmedTo: live.trimmedTo, head: live.head });
  const read = async (after: number, { records, bytes }: ReadLimit): Promise<JournalRecord[]> => {
    const from = Math.max(after, live.trimmedTo);
    if (from >= live.head) return [];
    return live.tail.read(from, { records, bytes }) ?? unpackRecords(await reader.call("read", [from, { records, bytes }]));
  };
  return {
    async read(after, limit) {
      live.assertOpen();
      checkRead(after, limit);
      return read(after, limit);
    },
    async get(sequence) {
      live.assertOpen();
      checkSequence("get: sequence", sequence);
      if (sequence <= live.trimmedTo || sequence > live.head) return undefined;
      const [record] = await read(sequence - 1, { records: 1, bytes: 0 });
      return record?.sequence === sequence ? record : undefined;
    },
    async find(id) {
      live.assertOpen();
      const hash = new Uint32Array(4);
      hashId(id, hash, 0);
      return reader.call("find", [hash, position()]);
    },
    async backlog(after) {
      live.assertOpen();
      checkSequence("backlog: after", after);
      return reader.call("backlog", [after, position()]);
    },
    async usage() {
      live.assertOpen();
      return reader.call("usage", [position(), settings.maxFileBytes]);
    },
    async sequenceBefore(atMs) {
      live.assertOpen();
      return reader.call("sequenceBefore", [atMs, position()]);
    },
    async destinations() {
      live.assertOpen();
      return reader.call("destinations", []);
    },
  };
}

/** The writer goes last, so that its connection is the one that folds the write-ahead log into the file. */
async function closeParts({ writer, reader, release, settings }: SqliteJournalParts, drained: () => Promise<void>): Promise<void> {
  await drained();
  for (const close of [() => reader.call("close", []), () => reader.end(), () => writer.call("close", []), () => writer.end()]) {
    try {
      await close();
    } catch (error) {
      settings.logger.error({ path: settings.path, err: error }, "the journal could not be closed in order; what was acknowledged is safe");
    }
  }
  release();
}
