import type { Clock, LogFields, Logger, Meter } from "@tapio/integration-core";
import { JournalError, type Journal, type JournalUsage } from "@tapio/journal";
import { byteBound, isFilling, isNearlyFull, trimTarget, type RetentionPolicy } from "./retention-decision.ts";
import { pause } from "./wake.ts";

export interface RetentionOptions {
  readonly journal: Pick<Journal, "backlog" | "bounds" | "sequenceBefore" | "trimTo" | "usage">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly policy: RetentionPolicy;
  /** The last sequence that every configured destination has settled and none holds parked; the head, or more, when nothing is held. */
  pinned(): Promise<number>;
}

/** Removes what every destination has settled, by size and age, and when the journal nears its own bound. See docs/specs/delivery.md. */
export interface Retention {
  /** Begins to look, now and then. Call it once, when the destinations have their cursors. */
  start(): void;
  /** What is kept from now on. */
  change(policy: RetentionPolicy): void;
  /** Runs `work` while nothing is removed, e.g. while new destinations take their places: what they find is there until they hold it. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** Ends it, after what is being removed now, which takes a moment. May be called twice, and before `start`. */
  close(): Promise<void>;
}

const lookEveryMs = 1_000;
/** While the journal nears its own bound: a small one is full within a second. */
const lookOftenMs = 100;
/** After a failure the journal is left alone for a while: it may be recovering. */
const failedPauseMs = 10_000;
/** Records of one call to the journal, so that neither `hold` nor `close` waits for long. */
const sliceRecords = 20_000;

export function createRetention(options: RetentionOptions): Retention {
  const { clock, journal } = options;
  const metrics = createRetentionMetrics(options.meter);
  const complain = createComplaint(options.logger);
  const inTurn = createTurns();
  const ending = new AbortController();
  let policy = options.policy;
  let running: Promise<void> | undefined;

  /** How long until the next look. */
  async function pass(): Promise<number> {
    const { usage, pinned, target } = await inTurn(() => look(options, policy));
    const isStuck = target === undefined && isNearlyFull(usage);
    complain(isStuck ? "the journal is nearly full, and a destination has not settled the oldest that it holds" : "", { pinned, ...usage });
    for (let sequence = journal.bounds().first - 1; target !== undefined && sequence < target && !ending.signal.aborted;) {
      const slice = (sequence = Math.min(target, sequence + sliceRecords));
      metrics.trimmed(await inTurn(() => trim(options, slice)));
    }
    metrics.show((await journal.usage()).recordBytes, journal.bounds().first);
    return isFilling(usage) ? lookOftenMs : lookEveryMs;
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      let pauseMs = failedPauseMs;
      try {
        pauseMs = await pass();
      } catch (reason) {
        if (!isEnd(reason)) complain(`retention could not look at the journal, or not trim it: ${messageOf(reason)}; it is tried again`);
      }
      await pause(clock, pauseMs, ending.signal);
    }
  }

  return {
    start() {
      running ??= run();
    },
    change(next) {
      policy = next;
    },
    hold: inTurn,
    async close() {
      ending.abort();
      await running;
    },
  };
}

/** Runs what it is given one after the other, looks and slices and what holds them off, whatever becomes of each. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
}

/** Says what is wrong when it begins, and not again until something else is. */
function createComplaint(logger: Logger): (text: string, fields?: LogFields) => void {
  let last = "";
  return (text, fields = {}) => {
    if (text !== last && text !== "") logger.warn(fields, text);
    last = text;
  };
}

interface Look {
  readonly usage: JournalUsage;
  readonly pinned: number;
  readonly target: number | undefined;
}

async function look({ clock, journal, pinned: ask }: RetentionOptions, policy: RetentionPolicy): Promise<Look> {
  const usage = await journal.usage();
  const pinned = await ask();
  const bounds = journal.bounds();
  const expiredTo = policy.maxAgeMs === undefined ? 0 : await journal.sequenceBefore(clock.now() - policy.maxAgeMs);
  const bytesMax = byteBound(usage, policy);
  const overTo = bytesMax === undefined ? 0 : await lastOver(journal, bytesMax, Math.min(pinned, bounds.head));
  return { usage, pinned, target: trimTarget({ bounds, pinned, expiredTo, overTo }) };
}

/** How many records went. */
async function trim({ journal, pinned }: RetentionOptions, sequence: number): Promise<number> {
  const { first } = journal.bounds();
  // Whoever held this off may have begun to hold what was about to be removed.
  await journal.trimTo(Math.min(sequence, await pinned()));
  return journal.bounds().first - first;
}

/** The last sequence that must go so that what lies above it takes at most `bytesMax`, found by halving; at most `high`. */
async function lastOver(journal: RetentionOptions["journal"], bytesMax: number, high: number): Promise<number> {
  let low = journal.bounds().first - 1;
  let enough = high;
  while (low < enough) {
    const middle = Math.floor((low + enough) / 2);
    if ((await journal.backlog(middle)).bytes <= bytesMax) enough = middle;
    else low = middle + 1;
  }
  return low;
}

interface RetentionMetrics {
  show(recordBytes: number, firstSequence: number): void;
  trimmed(records: number): void;
}

function createRetentionMetrics(meter: Meter): RetentionMetrics {
  const bytes = meter.gauge("tapio_journal_record_bytes", "Bytes of the records that the journal keeps.");
  const first = meter.gauge("tapio_journal_first_sequence", "Sequence of the oldest record that the journal keeps.");
  const trimmed = meter.counter("tapio_journal_trimmed_records_total", "Records that retention removed, settled by every destination.");
  trimmed.add(0);
  return {
    show(recordBytes, firstSequence) {
      bytes.set(recordBytes);
      first.set(firstSequence);
    },
    trimmed: (records) => trimmed.add(records),
  };
}

function isEnd(reason: unknown): boolean {
  return reason instanceof JournalError && reason.code === "closed";
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
