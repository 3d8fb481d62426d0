import {
  type AppendEntry,
  type AppendResult,
  type Backlog,
  type DeliveryRow,
  JournalError,
  JournalRecord,
  type ReadLimit,
  type Settlement,
} from "@tapio/journal";

/** What lasts from one handle to the next. Records' sequences have no gaps: record `n` of `records` has the sequence `trimmedTo + 1 + n`. */
export interface MemoryState {
  trimmedTo: number;
  lastAppendedAtMs: number;
  readonly records: MemoryRecord[];
  /** Recent ids, the oldest first. */
  readonly ids: Map<string, KnownId>;
  readonly destinations: Map<string, MemoryDestination>;
}

export interface KnownId {
  readonly sequence: number;
  readonly appendedAtMs: number;
}

/** The ids that are recognised: the last ones by count, and by age unless that is 0. */
export interface DedupeLimits {
  readonly dedupeRecords: number;
  readonly dedupeAgeMs: number;
}

export class MemoryRecord extends JournalRecord {
  readonly id: string;

  constructor(sequence: number, appendedAtMs: number, { id, bytes }: AppendEntry) {
    super(sequence, appendedAtMs, new Uint8Array(bytes));
    this.id = id;
  }
}

export interface MemoryDestination {
  readonly kind: string;
  generation: number;
  cursor: number | undefined;
  state: Uint8Array | undefined;
  control: Uint8Array;
  readonly rows: Map<number, DeliveryRow>;
  /** By their last sequence, in its order. */
  readonly ranges: Map<number, Settlement>;
  readonly late: Map<number, Settlement>;
}

export function newMemoryState(): MemoryState {
  return { trimmedTo: 0, lastAppendedAtMs: 0, records: [], ids: new Map(), destinations: new Map() };
}

/** A copy that shares nothing that changes; the bytes, which never do, are shared. */
export function copyMemoryState(state: MemoryState): MemoryState {
  const destinations = [...state.destinations].map(([name, one]) => {
    const copy = { ...one, rows: new Map(one.rows), ranges: new Map(one.ranges), late: new Map(one.late) };
    return [name, copy] as const;
  });
  return { ...state, records: [...state.records], ids: new Map(state.ids), destinations: new Map(destinations) };
}

export function headOf(state: MemoryState): number {
  return state.trimmedTo + state.records.length;
}

/** Which of the entries are new, and the result of each, as if appended after `state`. Changes nothing. */
export function planAppend(state: MemoryState, group: readonly AppendEntry[]): { fresh: AppendEntry[]; results: AppendResult[] } {
  const fresh: AppendEntry[] = [];
  const own = new Map<string, number>();
  const results = group.map((entry): AppendResult => {
    const known = state.ids.get(entry.id)?.sequence ?? own.get(entry.id);
    if (known !== undefined) return { sequence: known, duplicate: true };
    fresh.push(entry);
    const sequence = headOf(state) + fresh.length;
    own.set(entry.id, sequence);
    return { sequence, duplicate: false };
  });
  return { fresh, results };
}

/** Forgets the ids that are too old at `nowMs`. */
export function forgetOldIds({ ids }: MemoryState, nowMs: number, { dedupeAgeMs }: DedupeLimits): void {
  if (dedupeAgeMs === 0) return;
  for (const [id, { appendedAtMs }] of ids) {
    if (appendedAtMs >= nowMs - dedupeAgeMs) break;
    ids.delete(id);
  }
}

export function appendFresh(state: MemoryState, fresh: readonly AppendEntry[], nowMs: number, { dedupeRecords }: DedupeLimits): void {
  state.lastAppendedAtMs = Math.max(nowMs, state.lastAppendedAtMs);
  for (const { id, bytes } of fresh) {
    const sequence = headOf(state) + 1;
    state.records.push(new MemoryRecord(sequence, state.lastAppendedAtMs, { id, bytes }));
    state.ids.set(id, { sequence, appendedAtMs: state.lastAppendedAtMs });
  }
  for (const id of state.ids.keys()) {
    if (state.ids.size <= dedupeRecords) break;
    state.ids.delete(id);
  }
}

/**
 * Lets the oldest records go that every destination has settled, as few as needed.
 * @throws JournalError `full` when that does not make room enough.
 */
export function makeRoom(state: MemoryState, needed: number, maxRecords: number): void {
  const held = state.records.length;
  const excess = held + needed - maxRecords;
  if (excess <= 0) return;
  const removable = Math.min(held, Math.max(0, settledTo(state) - state.trimmedTo));
  if (needed > maxRecords || removable < excess) {
    const message = `the memory journal holds ${held} of at most ${maxRecords} records and was given ${needed}; a destination has not settled the oldest`;
    throw new JournalError("full", message);
  }
  trim(state, state.trimmedTo + excess);
}

/** The destination's log, made with this kind when it is new; its earlier holders are fenced by the new generation. */
export function openDestination(state: MemoryState, name: string, kind: string): MemoryDestination {
  const log = state.destinations.get(name) ?? newDestination(kind);
  log.generation += 1;
  state.destinations.set(name, log);
  return log;
}

function newDestination(kind: string): MemoryDestination {
  return {
    ...{ kind, generation: 0, cursor: undefined, state: undefined, control: new Uint8Array() },
    ...{ rows: new Map(), ranges: new Map(), late: new Map() },
  };
}

/** Everything at or below it is settled for every destination, and held by none without its bytes; infinite when there is none. */
function settledTo(state: MemoryState): number {
  return Math.min(Infinity, ...[...state.destinations.values()].map(settledOf));
}

function settledOf({ cursor, rows }: MemoryDestination): number {
  const parked = [...rows.values()].filter((row) => row.state === "parked").map((row) => row.sequence - 1);
  return Math.min(cursor ?? 0, ...parked);
}

export function trim(state: MemoryState, sequence: number): void {
  const removed = state.records.splice(0, Math.max(0, sequence - state.trimmedTo)).length;
  state.trimmedTo += removed;
  for (const { ranges, late } of state.destinations.values()) {
    for (const kept of [ranges, late]) for (const to of kept.keys()) if (to <= state.trimmedTo) kept.delete(to);
  }
}

/** The newest kept record with this id. */
export function findRecord(state: MemoryState, id: string): number | undefined {
  return state.records.findLast((record) => record.id === id)?.sequence;
}

export function backlogAfter(state: MemoryState, after: number): Backlog {
  const above = state.records.slice(Math.max(0, after - state.trimmedTo));
  return { records: above.length, bytes: bytesOf(above), oldestAtMs: above[0]?.appendedAtMs };
}

export function bytesOf(records: readonly JournalRecord[]): number {
  return records.reduce((sum, { size }) => sum + size, 0);
}

export function readRecords(state: MemoryState, after: number, limit: ReadLimit): JournalRecord[] {
  const page: JournalRecord[] = [];
  let bytes = 0;
  for (let index = Math.max(0, after - state.trimmedTo); index < state.records.length && page.length < limit.records; index++) {
    const record = state.records[index];
    if (record === undefined) break;
    bytes += record.size;
    if (page.length > 0 && bytes > limit.bytes) break;
    page.push(record);
  }
  return page;
}

/** The last sequence appended before `atMs`; times never fall, so halving finds it. */
export function lastBefore(state: MemoryState, atMs: number): number {
  let low = 0;
  let high = state.records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = state.records[middle];
    if (record !== undefined && record.appendedAtMs < atMs) low = middle + 1;
    else high = middle;
  }
  return state.trimmedTo + low;
}
