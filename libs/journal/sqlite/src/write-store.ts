import { DatabaseSync } from "node:sqlite";
import { JournalError } from "@tapio/journal";
import { createAppendRoom } from "./append-room.ts";
import { createCheckpoints } from "./checkpoints.ts";
import { createDestinationTable, type DestinationTable } from "./destination-table.ts";
import { createDedupeWindow, type DedupeLimits, type DedupeWindow } from "./dedupe-window.ts";
import {
  type ActionResult,
  type JournalPosition,
  type PackedGroup,
  type StoredLog,
  TABLE_WORDS,
  type WriteReply,
  type WriteRequest,
  type WriterAction,
} from "./messages.ts";
import { admit, type Appended, createGroupInsert } from "./record-groups.ts";
import { createSeparateWrites } from "./separate-writes.ts";
import { ensureSchema } from "./schema.ts";
import { toJournalError } from "./sqlite-error.ts";
import { storedPosition } from "./stored-position.ts";
import { createTrim, type Trim } from "./trim.ts";

/** The one writer of a journal's file. Synchronous: it lives in a thread of its own. */
export interface WriteStore {
  position(): JournalPosition;
  logs(): StoredLog[];
  /**
   * One transaction, durable when it returns; where there is no room for the group, of the actions alone. The request's buffers are the store's meanwhile.
   * @throws JournalError; after any but `full` and `locked`, every later call throws `io`, since nothing that is said to be durable can be believed.
   */
  write(request: WriteRequest): WriteReply;
  /** What can wait until an answer is on its way. */
  afterAnswer(): void;
  close(): void;
}

export interface WriteStoreOptions extends DedupeLimits {
  readonly file: string;
  /** Past it, writes fail with `full`; 0: no bound but the disk. */
  readonly fileBytesMax: number;
}

/** How long to wait for another program (a backup, an inspection) that holds the file. */
const BUSY_MS = 5000;

/** @throws JournalError `corrupt`, `version`, `io`, `full` or `locked`. */
export function openWriteStore(options: WriteStoreOptions): WriteStore {
  const db = openDatabase(options);
  try {
    return createWriteStore(db, options);
  } catch (error) {
    db.close();
    throw toJournalError(`open ${options.file}`, error);
  }
}

function openDatabase({ file, fileBytesMax }: WriteStoreOptions): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: BUSY_MS });
    ensureSchema(file, db);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    // Reads the schema: a checkpoint that has to do it first, after an upgrade, finds its own reading in the way ("table is locked").
    db.exec("SELECT trimmed_to FROM journal");
    makeDurable(file, db);
    if (fileBytesMax > 0) {
      const pageBytes = Number(db.prepare("PRAGMA page_size").get()?.page_size);
      db.exec(`PRAGMA max_page_count = ${Math.ceil(fileBytesMax / pageBytes)}`);
    }
    return db;
  } catch (error) {
    db?.close();
    throw toJournalError(`open ${file}`, error);
  }
}

/**
 * What a killed process wrote but did not sync is found through the system's cache: without this it would be recalled, and answered as
 * a duplicate, before any disk has it. The checkpoint copies the write-ahead log into the file, syncs that, and empties the log: where an
 * earlier sync of the log failed, a later one says nothing of what that left out, but nothing depends on it any more.
 */
function makeDurable(file: string, db: DatabaseSync): void {
  const { busy, log } = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? {};
  if (busy === 0 && log === 0) return;
  throw new JournalError("locked", `open ${file}: another program reads an older state of the database; end it, or wait until it is done`);
}

function createWriteStore(db: DatabaseSync, options: WriteStoreOptions): WriteStore {
  const { file, dedupeRecords, fileBytesMax } = options;
  const [begin, commit] = [db.prepare("BEGIN IMMEDIATE"), db.prepare("COMMIT")];
  const [insertGroup, trim] = [createGroupInsert(db), createTrim(db, dedupeRecords)];
  const [destinations, checkpoints] = [createDestinationTable(db), createCheckpoints(db)];
  const window = createDedupeWindow(db, options);
  let { head, trimmedTo, lastAppendedAtMs, bytesThrough } = storedPosition(db);
  window.recall(head);
  let failed: JournalError | undefined;

  const transact = ({ group, actions }: WriteRequest, admitted: (Appended & { bodyBytes: number }) | undefined): ActionResult[] => {
    const added = admitted?.added ?? 0;
    if (added === 0 && actions.length === 0) return [];
    const appendedAtMs = Math.max(lastAppendedAtMs, group?.appendedAtMs ?? 0);
    const at = { trimmedTo, head: head + added };
    begin.run();
    if (group !== undefined && added > 0) insertGroup(group, added, { firstSequence: head + 1, appendedAtMs, bytesBefore: bytesThrough });
    const results = actions.map((action) => act(action, destinations, trim, at));
    commit.run();
    checkpoints.wrote((admitted?.bodyBytes ?? 0) + added * TABLE_BYTES + bytesOfActions(actions));
    destinations.settle();
    ({ head, trimmedTo } = at);
    bytesThrough += admitted?.bodyBytes ?? 0;
    if (added > 0) {
      lastAppendedAtMs = appendedAtMs;
      window.mark(head, appendedAtMs);
    }
    return results;
  };

  const writeAll = (request: WriteRequest): WriteReply => {
    if (failed) throw failed;
    const { group } = request;
    if (group) window.expire(group.appendedAtMs);
    const remembered = window.ids.size;
    const admitted = group && admit(group, head, window.ids);
    try {
      const actions = transact(request, admitted);
      return { head, trimmedTo, actions, ...writtenOf(group, admitted, lastAppendedAtMs) };
    } catch (error) {
      const added = admitted?.added ?? 0;
      window.ids.forgetNewest(added);
      destinations.revert();
      const problem = toJournalError(`write to ${file}`, error);
      if (!rolledBack(db) || !isHarmless(problem, request)) {
        failed = new JournalError("io", `${file} takes no more writes until it is opened anew, because of: ${problem.message}`, error);
      }
      // What the refused ids pushed out is still within the window.
      if (!failed && remembered + added > dedupeRecords) failed = recallAgain(window, head, file);
      throw problem;
    }
  };

  return {
    position: () => ({ head, trimmedTo }),
    logs: () => destinations.logs(),
    write: createSeparateWrites({ writeAll, roomFor: createAppendRoom(db, file, fileBytesMax) }),
    afterAnswer: () => (failed ? undefined : checkpoints.whenGrown()),
    close: () => db.close(),
  };
}

/** In a group's table, per record. */
const TABLE_BYTES = TABLE_WORDS * Uint32Array.BYTES_PER_ELEMENT;

/** What can be much of it. */
function bytesOfActions(actions: readonly WriterAction[]): number {
  let bytes = 0;
  for (const action of actions) {
    if (action.kind !== "commit") continue;
    bytes += action.change.state?.length ?? 0;
    for (const row of action.change.put ?? []) bytes += row.bytes?.length ?? 0;
  }
  return bytes;
}

/** What became of the group, if there is one. */
function writtenOf(
  group: PackedGroup | undefined,
  admitted: ReturnType<typeof admit> | undefined,
  appendedAtMs: number,
): Omit<WriteReply, keyof JournalPosition | "actions"> {
  const { firstSequence = 0, sequences, added = 0, bodyBytes = 0 } = admitted ?? {};
  return { firstSequence, sequences, added, bodyBytes, appendedAtMs, table: group?.table, bodies: group?.bodies };
}

/** Whether the next write may be taken. A page that cannot be trimmed was not written to: what is damaged on it is for a read to say. */
function isHarmless({ code }: JournalError, { group, actions }: WriteRequest): boolean {
  if (code === "corrupt") return group === undefined && actions.every(({ kind }) => kind === "trim");
  return code === "full" || code === "locked";
}

/** Does what one action asks for, inside a transaction; a trim moves `at.trimmedTo`. */
function act(action: WriterAction, destinations: DestinationTable, trim: Trim, at: { trimmedTo: number; head: number }): ActionResult {
  switch (action.kind) {
    case "open":
      return { kind: "opened", log: destinations.open(action.destination, action.destinationKind) };
    case "commit":
      return destinations.commit(action.destination, action.generation, action.change);
    case "trim": {
      const step = trim(action.sequence, at.trimmedTo, at.head);
      at.trimmedTo = step.trimmedTo;
      return { kind: "trimmed", done: step.done };
    }
  }
}

/** The ids as they are stored, in place of what is remembered; the error when they cannot be read. */
function recallAgain(window: DedupeWindow, head: number, file: string): JournalError | undefined {
  try {
    window.recall(head);
    return undefined;
  } catch (error) {
    return new JournalError("io", `${file} takes no more writes until it is opened anew: its ids cannot be read back`, error);
  }
}

/** Some errors end a transaction by themselves, others leave it open. False when it could not be undone. */
function rolledBack(db: DatabaseSync): boolean {
  try {
    if (db.isTransaction) db.exec("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}
