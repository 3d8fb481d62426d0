import { type AppendEntry, type AppendResult, JournalError } from "@tapio/journal";
import { answer, type Batch, createBatchQueue, refuse, requestOf } from "./batch-queue.ts";
import type { GroupBuffers } from "./group-packer.ts";
import type { ActionResult, WriteReply, WriteRequest, WriterAction } from "./messages.ts";
import { toJournalError } from "./sqlite-error.ts";

export interface GroupCommitOptions {
  /** Hands one request to the writer; several may be under way. */
  readonly write: (request: WriteRequest, transfer: readonly ArrayBuffer[]) => Promise<WriteReply>;
  readonly groupRecordsMax: number;
  readonly groupBytesMax: number;
  readonly lingerMs: number;
  readonly clock: { now(): number };
  /** Called after each commit, before those who wait for it are answered. The group's buffers are used again afterwards. */
  readonly onCommitted: (reply: WriteReply) => void;
  /** Called when a transaction was refused and the next may be taken. */
  readonly onRefused: (error: JournalError) => void;
  /** Called once, when nothing can be believed any more. */
  readonly onFailed: (error: JournalError) => void;
}

/** Gathers what arrives while the writer is busy into the next transaction. Its methods are called in order and answered after the commit. */
export interface GroupCommit {
  append(entries: readonly AppendEntry[]): Promise<AppendResult[]>;
  act(action: WriterAction, transfer?: readonly ArrayBuffer[]): Promise<ActionResult>;
  /** Resolves when nothing is left to be written. */
  drained(): Promise<void>;
}

/** With two under way the writer has the next transaction at hand when it ends one; more would only make smaller groups. */
const IN_FLIGHT_MAX = 2;
/** Those of the groups under way, and of the one that is gathered meanwhile. */
const FREE_BUFFERS_MAX = IN_FLIGHT_MAX + 1;

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const queue = createBatchQueue(options);
  const free: GroupBuffers[] = [];
  const idle: (() => void)[] = [];
  let inFlight = 0;
  let scheduled = false;
  let failure: JournalError | undefined;

  const schedule = () => {
    if (scheduled || queue.length === 0 || inFlight >= IN_FLIGHT_MAX) return;
    scheduled = true;
    if (options.lingerMs > 0 && queue.length === 1) setTimeout(flush, options.lingerMs);
    else soon(flush);
  };
  const flush = () => {
    scheduled = false;
    while (inFlight < IN_FLIGHT_MAX) {
      const batch = queue.shift();
      if (batch === undefined) break;
      void send(batch);
    }
    schedule();
    if (inFlight === 0) for (const done of idle.splice(0)) done();
  };

  const send = async (batch: Batch): Promise<void> => {
    inFlight += 1;
    try {
      await writeBatch(batch, options, free);
    } catch (error) {
      fail(batch, error);
    } finally {
      inFlight -= 1;
      scheduled ||= soon(flush);
    }
  };
  const fail = (batch: Batch, error: unknown) => {
    const problem = toJournalError("the write", error);
    refuse(batch, problem);
    if (failure !== undefined) return;
    if (problem.code === "full" || problem.code === "locked") return options.onRefused(problem);
    failure = new JournalError("io", `nothing is written until the journal is opened anew, because of: ${problem.message}`, problem);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) refuse(next, failure);
    options.onFailed(failure);
  };
  const enqueue = <Result>(add: () => Promise<Result>): Promise<Result> => {
    if (failure) return Promise.reject(failure);
    const done = add();
    schedule();
    return done;
  };

  return {
    append: (entries) => enqueue(() => queue.addAppend(entries, () => free.pop())),
    act: (action, transfer = []) => enqueue(() => queue.addAction(action, transfer)),
    async drained() {
      if (queue.length > 0 || inFlight > 0) await new Promise<void>((done) => idle.push(done));
    },
  };
}

/** Once what has arrived by now was read: many small appends become one transaction, and one message to the writer. */
function soon(flush: () => void): true {
  setImmediate(flush);
  return true;
}

/** Writes one batch, answers those who wait for it, and keeps buffers for another, unless they are unusually large. */
async function writeBatch(batch: Batch, options: GroupCommitOptions, free: GroupBuffers[]): Promise<void> {
  const { request, transfer } = requestOf(batch, options.clock.now());
  const reply = await options.write(request, transfer);
  options.onCommitted(reply);
  const { table, bodies } = reply;
  if (table && bodies && bodies.length <= 2 * options.groupBytesMax && free.length < FREE_BUFFERS_MAX) free.push({ table, bodies });
  if (reply.refused !== undefined) options.onRefused(new JournalError("full", reply.refused));
  answer(batch, reply);
}
