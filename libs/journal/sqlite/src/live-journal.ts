import { createHeadWatch, type HeadWatch, JournalError } from "@tapio/journal";
import { createFinder, type Finder } from "./finder.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import { createJournalHealth, type JournalHealth } from "./journal-health.ts";
import type { JournalPosition, StoredLog, WriteReply } from "./messages.ts";
import type { SqliteJournalSettings } from "./options.ts";
import { createRecordTail, type RecordTail } from "./record-tail.ts";
import { DELAY_MAX_MS, recoverStores, unmendable } from "./recovery.ts";
import { type SpaceWatch, watchSpace } from "./space-watch.ts";
import { toJournalError } from "./sqlite-error.ts";
import { closeStores, type Stores } from "./stores.ts";

export interface SqliteJournalParts {
  readonly settings: SqliteJournalSettings;
  readonly stores: Stores;
  /** Opens the file in new threads. */
  readonly reopen: () => Promise<Stores>;
  readonly freeBytes: () => Promise<number>;
  /** How long after a failure the first attempt to open anew is made; it doubles up to a minute. */
  readonly recoveryDelayMs: number;
  readonly spaceEveryMs: number;
  /** Called once everything else is closed. */
  readonly release: () => void;
}

/** A handle whose log may have moved on under it: a commit that failed with `io` may be there after all. */
export interface RefreshedHandle {
  refresh(stored: readonly StoredLog[]): void;
}

/** The journal's threads, what was committed through them, and their replacement after a failure. */
export interface LiveJournal {
  readonly health: JournalHealth;
  readonly position: JournalPosition;
  readonly tail: RecordTail;
  readonly handles: Set<RefreshedHandle>;
  /** @throws JournalError as `health.assertUsable`. */
  commits(): GroupCommit;
  /** @throws JournalError as `health.assertUsable`. */
  reader(): Stores["reader"];
  /** @throws JournalError as `health.assertUsable`. */
  finder(): Finder;
  waitPast(sequence: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

interface Engine {
  readonly stores: Stores;
  readonly commits: GroupCommit;
  readonly finder: Finder;
}

interface Live {
  readonly parts: SqliteJournalParts;
  readonly health: JournalHealth;
  readonly watch: HeadWatch;
  readonly handles: Set<RefreshedHandle>;
  readonly stopping: AbortController;
  position: JournalPosition;
  tail: RecordTail;
  /** `undefined` while there is none that can be believed. */
  engine: Engine | undefined;
  recovery: Promise<void> | undefined;
  /** The last recovery that went well: when, on a clock that is never set, and how long after the failure it was begun. */
  recovered: { readonly atMs: number; readonly delayMs: number } | undefined;
  closing: Promise<void> | undefined;
}

export async function createLiveJournal(parts: SqliteJournalParts): Promise<LiveJournal> {
  const { path, tailBytesMax } = parts.settings;
  const { position } = parts.stores;
  const live: Live = {
    ...{ parts, position, health: createJournalHealth(path), watch: createHeadWatch(position.head), tail: createRecordTail(tailBytesMax) },
    ...{
      handles: new Set(),
      stopping: new AbortController(),
      engine: undefined,
      recovery: undefined,
      recovered: undefined,
      closing: undefined,
    },
  };
  live.engine = startEngine(live, parts.stores);
  const space = await watchRoom(live);
  const running = (): Engine => {
    live.health.assertUsable();
    if (live.engine === undefined) throw new JournalError("io", `the journal in ${path} is not open`);
    return live.engine;
  };
  return {
    health: live.health,
    handles: live.handles,
    get position() {
      return live.position;
    },
    get tail() {
      return live.tail;
    },
    commits: () => running().commits,
    reader: () => running().stores.reader,
    finder: () => running().finder,
    waitPast: (sequence, signal) => live.watch.waitPast(sequence, signal),
    close() {
      live.health.close();
      live.closing ??= closeLive(live, space);
      live.watch.end(new JournalError("closed", `the journal in ${path} was closed`));
      return live.closing;
    },
  };
}

function startEngine(live: Live, stores: Stores): Engine {
  const { settings } = live.parts;
  const commits = createGroupCommit({
    write: (request, transfer) => stores.writer.call("write", [request], transfer),
    groupRecordsMax: settings.maxGroupRecords,
    groupBytesMax: settings.maxGroupBytes,
    lingerMs: settings.lingerMs,
    clock: settings.clock,
    onCommitted(reply) {
      keepInTail(live.tail, reply);
      if (reply.head > live.position.head) live.health.appended();
      live.position = { head: reply.head, trimmedTo: reply.trimmedTo };
      live.tail.trimTo(reply.trimmedTo);
      live.watch.advance(reply.head);
    },
    onRefused({ code, message }) {
      if (code === "full") live.health.refusedForRoom(message);
    },
    onFailed: (error) => fail(live, engine, error),
  });
  const finder = createFinder(stores, () => live.position);
  const engine: Engine = { stores, commits, finder };
  for (const { died } of [stores.writer, stores.reader]) void died.then((error) => fail(live, engine, error));
  return engine;
}

function keepInTail(tail: RecordTail, { table, bodies, firstSequence: first, added: count, bodyBytes, appendedAtMs }: WriteReply): void {
  if (table === undefined || bodies === undefined || count === 0) return;
  tail.add({ first, count, bodyBytes, appendedAtMs, table, bodies });
}

function fail(live: Live, engine: Engine, error: JournalError): void {
  if (live.engine !== engine || live.closing !== undefined) return;
  const { path, logger } = live.parts.settings;
  live.engine = undefined;
  live.health.recovering(error);
  logger.error({ path, code: error.code, err: error }, "the journal failed: nothing is taken while it is opened anew and verified");
  live.recovery = recover(live, engine, error);
}

/** What fails again within this time was not mended. */
const RELAPSE_MS = 60_000;

/** How long to wait before the file is opened anew: longer after each relapse. @throws JournalError when it is damaged where it is written. */
function delayBefore({ parts, recovered }: Live, error: JournalError): number {
  if (recovered === undefined || performance.now() - recovered.atMs > RELAPSE_MS) return parts.recoveryDelayMs;
  const isDamage = [error, error.cause].some((one) => one instanceof JournalError && one.code === "corrupt");
  if (isDamage) throw unmendable(parts.settings.path, `writing to it failed again: ${error.message}`, error);
  return Math.min(DELAY_MAX_MS, recovered.delayMs * 2);
}

async function recover(live: Live, failed: Engine, error: JournalError): Promise<void> {
  const { settings, reopen } = live.parts;
  const { path, logger } = settings;
  await failed.finder.close();
  await closeStores(failed.stores, () => undefined);
  try {
    const firstDelayMs = delayBefore(live, error);
    const stores = await recoverStores({
      ...{ path, reopen, acknowledgedHead: live.position.head, firstDelayMs, signal: live.stopping.signal },
      adopt: (opened) => refreshHandles(opened, live.handles),
      onAttemptFailed: (error, nextDelayMs) =>
        logger.error({ path, code: error.code, err: error, next_attempt_ms: nextDelayMs }, "the journal could not be opened anew"),
    });
    live.position = stores.position;
    live.tail = createRecordTail(settings.tailBytesMax);
    live.engine = startEngine(live, stores);
    live.recovered = { atMs: performance.now(), delayMs: firstDelayMs };
    live.health.recovered();
    live.watch.advance(live.position.head);
    logger.info({ path, head: live.position.head }, "the journal is open again: everything that was acknowledged is there");
  } catch (reason) {
    if (live.stopping.signal.aborted) return;
    const failure = toJournalError("open the journal anew", reason);
    live.health.failed(failure);
    live.watch.end(failure);
    logger.error({ path, code: failure.code, err: failure }, "the journal failed for good");
  }
}

async function refreshHandles({ writer }: Stores, handles: ReadonlySet<RefreshedHandle>): Promise<void> {
  const logs = await writer.call("logs", []);
  for (const handle of handles) handle.refresh(logs);
}

async function watchRoom({ parts, health }: Live): Promise<SpaceWatch> {
  const { path, minFreeBytes, logger } = parts.settings;
  let low = false;
  return watchSpace({
    ...{ path, minFreeBytes, freeBytes: parts.freeBytes, everyMs: parts.spaceEveryMs },
    onLook(problem) {
      health.lowSpace(problem);
      if (problem !== undefined && !low) logger.error({ path, code: "full" }, problem);
      if (problem === undefined && low) logger.info({ path }, "there is room on the disk again: appends are taken");
      low = problem !== undefined;
    },
    onError: (error) => logger.error({ path, err: error }, "the room on the disk could not be seen"),
  });
}

async function closeLive(live: Live, space: SpaceWatch): Promise<void> {
  const { path, logger } = live.parts.settings;
  space.stop();
  live.stopping.abort();
  await live.recovery;
  if (live.engine) {
    await live.engine.commits.drained();
    await live.engine.finder.close();
    await closeStores(live.engine.stores, (error) =>
      logger.error({ path, err: error }, "the journal could not be closed in order; what was acknowledged is safe"),
    );
  }
  live.parts.release();
}
