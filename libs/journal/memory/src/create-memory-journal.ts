import type { Journal } from "@tapio/journal";
import { checkAppend, checkRead, checkSequence, createHeadWatch, JournalError } from "@tapio/journal";
import { createMemoryDestinationLog } from "./memory-destination-log.ts";
import type { MemoryState } from "./memory-state.ts";
import {
  appendFresh,
  backlogAfter,
  bytesOf,
  copyMemoryState,
  findRecord,
  forgetOldIds,
  headOf,
  lastBefore,
  newMemoryState,
  makeRoom,
  openDestination,
  planAppend,
  readRecords,
  trim,
} from "./memory-state.ts";

export interface MemoryJournalOptions {
  /**
   * How many records to keep at most; default 100,000. Past it the oldest that every destination has settled make room; when that
   * is not enough, `append` rejects with `full`.
   */
  readonly maxRecords?: number | undefined;
  /** How many ids are remembered to recognise duplicates; default 1,000,000. */
  readonly dedupeRecords?: number | undefined;
  /** How long an id is recognised, by the time of its append, in milliseconds. Default 0: however old, while it is among the last. */
  readonly dedupeAgeMs?: number | undefined;
  /** Gives `appendedAtMs`, in milliseconds since 1970; default: the system's. */
  readonly clock?: { now(): number } | undefined;
  /** Starts with what another memory journal held, see `snapshot`. */
  readonly restored?: MemoryJournalSnapshot | undefined;
}

/** What a memory journal held at one moment. Opaque: only good for `restored`, any number of times. */
export interface MemoryJournalSnapshot {
  readonly state: Readonly<MemoryState>;
}

export interface MemoryJournal extends Journal {
  readonly durability: "memory";
  /** All that was acknowledged so far: restoring it is what a restart after a kill would find, were memory durable. Also after `close`. */
  snapshot(): MemoryJournalSnapshot;
}

export function createMemoryJournal(options: MemoryJournalOptions = {}): MemoryJournal {
  const { maxRecords = 100_000, dedupeRecords = 1_000_000, dedupeAgeMs = 0, clock = Date } = options;
  checkLimits({ maxRecords, dedupeRecords });
  if (!(dedupeAgeMs >= 0)) throw new RangeError(`dedupeAgeMs is ${dedupeAgeMs}; it must not be negative`);
  const dedupe = { dedupeRecords, dedupeAgeMs };
  const state = options.restored === undefined ? newMemoryState() : copyMemoryState(options.restored.state);
  const watch = createHeadWatch(headOf(state));
  let closed = false;
  const assertOpen = () => {
    if (closed) throw new JournalError("closed", "the memory journal is closed");
  };

  return {
    durability: "memory",
    async append(group) {
      assertOpen();
      checkAppend(group);
      const nowMs = clock.now();
      forgetOldIds(state, nowMs, dedupe);
      const { fresh, results } = planAppend(state, group);
      if (fresh.length > 0) {
        makeRoom(state, fresh.length, maxRecords);
        appendFresh(state, fresh, nowMs, dedupe);
        watch.advance(headOf(state));
      }
      return results;
    },
    ...createReads(state, assertOpen),
    async usage() {
      assertOpen();
      return { recordBytes: bytesOf(state.records), fill: state.records.length / maxRecords };
    },
    condition: () => (closed ? { state: "failed", message: "the memory journal is closed" } : { state: "ok", message: "" }),
    waitPast: (sequence, signal) => watch.waitPast(sequence, signal),
    bounds: () => ({ first: state.trimmedTo + 1, head: headOf(state) }),
    async trimTo(sequence) {
      assertOpen();
      checkSequence("trimTo: sequence", sequence);
      trim(state, sequence);
    },
    async open(destination, kind) {
      assertOpen();
      return createMemoryDestinationLog(destination, openDestination(state, destination, kind), assertOpen);
    },
    async close() {
      closed = true;
      watch.end(new JournalError("closed", "the memory journal was closed"));
    },
    snapshot: () => ({ state: copyMemoryState(state) }),
  };
}

type Reads = Pick<Journal, "read" | "get" | "find" | "backlog" | "sequenceBefore" | "destinations">;

function createReads(state: MemoryState, assertOpen: () => void): Reads {
  return {
    async read(after, limit) {
      assertOpen();
      checkRead(after, limit);
      return readRecords(state, after, limit);
    },
    async get(sequence) {
      assertOpen();
      checkSequence("get: sequence", sequence);
      return sequence > state.trimmedTo ? state.records[sequence - state.trimmedTo - 1] : undefined;
    },
    async find(id) {
      assertOpen();
      return findRecord(state, id);
    },
    async backlog(after) {
      assertOpen();
      checkSequence("backlog: after", after);
      return backlogAfter(state, after);
    },
    async sequenceBefore(atMs) {
      assertOpen();
      return lastBefore(state, atMs);
    },
    async destinations() {
      assertOpen();
      return [...state.destinations.keys()];
    },
  };
}

function checkLimits(limits: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} is ${value}; it must be a whole number from 1`);
  }
}
