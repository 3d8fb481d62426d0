import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock, Logger } from "@tapio/integration-core";
import type { LogRecord, RecordLog } from "../core/interfaces.ts";
import { readBatch, type SequenceRange } from "./read-batch.ts";

/** What is read ahead of a client, and so what a slow one costs. */
const READ_LIMIT = { records: 256, bytes: 1024 * 1024 } as const;

/** How often in a row records cannot be read before they are passed over for good; a medium that fails may come back. */
const TRIES_MIN = { corrupt: 3, io: 10 } as const;
const RETRY_MS = 1_000;

/** Expressions may cost a great deal of each record: other connections get their turn after so much of it. */
const TURN_MS = 20;

/** One step of a walk along the log. */
export type LogStep<View> =
  | { readonly kind: "record"; readonly record: LogRecord; readonly view: View }
  | { readonly kind: "progress"; readonly sequence: number; readonly head: number; readonly lost: SequenceRange | undefined };

export interface FollowOptions<View> {
  /** The sequence to start after. */
  readonly after: number;
  /** A view of a record that is meant, `undefined` for one that is not. */
  readonly select: (record: LogRecord) => View | undefined;
  /** How long to be silent at most. */
  readonly progressIntervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the walk with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Walks the log from a position on, then live, without end: each selected record once, in order. It reads ahead one batch at most,
 * when it is asked for the next step, so that a slow reader just reads later. The first step is a progress, which tells where the
 * walk begins; others come after `progressIntervalMs` of silence, and at once where retention removed what was not read yet, or where it cannot be read.
 */
export async function* followLog<View>(log: RecordLog, options: FollowOptions<View>): AsyncGenerator<LogStep<View>, never> {
  const { select, progressIntervalMs, clock, logger, signal } = options;
  let position = options.after;
  let silentSince = clock.now();
  let failures = 0;
  const progress = (lost: SequenceRange | undefined): LogStep<View> => {
    position = lost?.to ?? position;
    silentSince = clock.now();
    return { kind: "progress", sequence: position, head: log.bounds().head, lost };
  };
  const isSilent = (): boolean => clock.now() >= silentSince + progressIntervalMs;
  yield progress(lostRange(position, log.bounds().first));
  for (;;) {
    signal.throwIfAborted();
    const { records, damaged } = await readBatch(log, position, READ_LIMIT);
    const next = damaged?.from ?? records[0]?.sequence ?? Infinity;
    const lost = lostRange(position, Math.min(log.bounds().first, next));
    if (lost !== undefined) yield progress(lost);
    if (damaged !== undefined) {
      failures += 1;
      if (failures === TRIES_MIN[damaged.code]) {
        logger.warn({ from: damaged.from, to: damaged.to }, "records of the journal cannot be read: a subscriber goes on after them");
        failures = 0;
        yield progress(damaged);
      } else {
        await clock.sleep(Math.min(RETRY_MS, progressIntervalMs), signal);
        if (isSilent()) yield progress(undefined);
      }
      continue;
    }
    failures = 0;
    let turnSince = performance.now();
    for (const record of records) {
      if (performance.now() - turnSince > TURN_MS) {
        await nextTurn();
        turnSince = performance.now();
      }
      signal.throwIfAborted();
      const view = select(record);
      if (view !== undefined) {
        yield { kind: "record", record, view };
        silentSince = clock.now();
      }
      position = record.sequence;
    }
    // A log in memory answers at once: other connections get their turn between two batches.
    await nextTurn();
    if (isSilent()) yield progress(undefined);
    else if (records.length === 0) await nextRecord(log, position, silentSince + progressIntervalMs - clock.now(), clock, signal);
  }
}

/** What retention took away between a position and the first sequence that can still be read. */
function lostRange(position: number, first: number): SequenceRange | undefined {
  return first > position + 1 ? { from: position + 1, to: first - 1 } : undefined;
}

/** Resolves when there is a record past `position`, or `waitMs` are over. */
async function nextRecord(log: RecordLog, position: number, waitMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const settled = new AbortController();
  const either = AbortSignal.any([signal, settled.signal]);
  const waits = [log.waitPast(position, either), clock.sleep(waitMs, either)];
  try {
    await Promise.race(waits);
  } finally {
    settled.abort();
    await Promise.allSettled(waits);
  }
}
