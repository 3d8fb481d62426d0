import {
  checkAppend,
  checkChange,
  checkRead,
  checkRowQuery,
  checkSequence,
  createHeadWatch,
  cursorMovedBack,
  JournalError,
  type DeliveryRow,
  type DestinationLog,
  type Journal,
  JournalRecord,
  type Settlement,
} from "@tapio/journal";
import type { JournalSettings, JournalSubject } from "@tapio/testing";

interface Kept {
  kind: string;
  cursor: number | undefined;
  state: Uint8Array | undefined;
  control: Uint8Array;
  rows: Map<number, DeliveryRow>;
  settlements: Settlement[];
  generation: number;
}

interface StoredRecord {
  readonly id: string;
  readonly sequence: number;
  readonly appendedAtMs: number;
  readonly bytes: Uint8Array;
}

/** What outlives a journal: the place where it is kept. */
interface Place {
  head: number;
  records: StoredRecord[];
  ids: Map<string, number>;
  logs: Map<string, Kept>;
}

/** How a test breaks the journal: replaces members of what `createReferenceJournal` gives. */
export interface Faults {
  readonly journal?: (journal: Journal, place: Place) => Partial<Journal>;
  readonly log?: (log: DestinationLog, kept: Kept) => Partial<DestinationLog>;
}

/** The smallest journal that passes the suite, in memory. */
function createReferenceJournal(place: Place, settings: JournalSettings, faults: Faults): Journal {
  const watch = createHeadWatch(place.head);
  let closed = false;
  const assertOpen = (): void => {
    if (closed) throw new JournalError("closed", "the journal is closed");
  };
  const journal: Journal = {
    durability: "memory",
    async append(group) {
      assertOpen();
      checkAppend(group);
      const appendedAtMs = Math.max(settings.clock.now(), place.records.at(-1)?.appendedAtMs ?? 0);
      const tooOldMs = settings.dedupeAgeMs === 0 ? -Infinity : settings.clock.now() - settings.dedupeAgeMs;
      for (const { id, sequence, appendedAtMs: atMs } of place.records) {
        if (atMs < tooOldMs && place.ids.get(id) === sequence) place.ids.delete(id);
      }
      const results = group.map(({ id, bytes }) => {
        const known = place.ids.get(id);
        if (known !== undefined) return { sequence: known, duplicate: true };
        place.head += 1;
        place.ids.set(id, place.head);
        place.records.push({ id, sequence: place.head, appendedAtMs, bytes: bytes.slice() });
        return { sequence: place.head, duplicate: false };
      });
      for (const id of [...place.ids.keys()].slice(0, Math.max(0, place.ids.size - settings.dedupeRecords))) place.ids.delete(id);
      watch.advance(place.head);
      return results;
    },
    async read(after, limit) {
      assertOpen();
      checkRead(after, limit);
      let bytes = 0;
      const fits = (record: StoredRecord, index: number): boolean => (bytes += record.bytes.length) <= limit.bytes || index === 0;
      const later = place.records.filter(({ sequence }) => sequence > after).slice(0, limit.records);
      const end = later.findIndex((record, index) => !fits(record, index));
      return (end < 0 ? later : later.slice(0, end)).map(recordOf);
    },
    async get(sequence) {
      assertOpen();
      checkSequence("get: sequence", sequence);
      const found = place.records.find((record) => record.sequence === sequence);
      return found === undefined ? undefined : recordOf(found);
    },
    async find(id) {
      assertOpen();
      return place.records.findLast((record) => record.id === id)?.sequence;
    },
    async backlog(after) {
      assertOpen();
      checkSequence("backlog: after", after);
      const above = place.records.filter(({ sequence }) => sequence > after);
      return { records: above.length, bytes: bytesOf(above), oldestAtMs: above[0]?.appendedAtMs };
    },
    async usage() {
      assertOpen();
      return { recordBytes: bytesOf(place.records), fill: 0 };
    },
    condition: () => (closed ? { state: "failed", message: "the journal is closed" } : { state: "ok", message: "" }),
    async sequenceBefore(atMs) {
      assertOpen();
      const before = place.records.findLast(({ appendedAtMs }) => appendedAtMs < atMs);
      return before?.sequence ?? journal.bounds().first - 1;
    },
    waitPast: (sequence, signal) => watch.waitPast(sequence, signal),
    bounds: () => ({ first: place.records[0]?.sequence ?? place.head + 1, head: place.head }),
    async trimTo(sequence) {
      assertOpen();
      checkSequence("trimTo: sequence", sequence);
      place.records = place.records.filter((record) => record.sequence > sequence);
      const { first } = journal.bounds();
      for (const log of place.logs.values()) log.settlements = log.settlements.filter(({ to }) => to >= first);
    },
    async open(destination, kind) {
      assertOpen();
      const kept = place.logs.get(destination) ?? newLog(kind);
      place.logs.set(destination, kept);
      const log = createReferenceLog(destination, kept, assertOpen);
      return Object.defineProperties(log, Object.getOwnPropertyDescriptors(faults.log?.(log, kept) ?? {}));
    },
    async destinations() {
      assertOpen();
      return [...place.logs.keys()];
    },
    async close() {
      closed = true;
      watch.end(new JournalError("closed", "the journal was closed"));
    },
  };
  const real = { ...journal };
  return Object.assign(journal, faults.journal?.(real, place));
}

const recordOf = ({ sequence, appendedAtMs, bytes }: StoredRecord): JournalRecord => new JournalRecord(sequence, appendedAtMs, bytes);
const bytesOf = (records: readonly StoredRecord[]): number => records.reduce((sum, { bytes }) => sum + bytes.length, 0);

function newLog(kind: string): Kept {
  return { kind, cursor: undefined, state: undefined, control: new Uint8Array(), rows: new Map(), settlements: [], generation: 0 };
}

function createReferenceLog(destination: string, kept: Kept, assertJournalOpen: () => void): DestinationLog {
  const generation = (kept.generation += 1);
  let { cursor, state, control } = kept;
  let closed = false;
  const assertOpen = (): void => {
    assertJournalOpen();
    if (closed) throw new JournalError("closed", "the handle is closed");
  };
  const rows = (): DeliveryRow[] => [...kept.rows.values()].toSorted((a, b) => a.sequence - b.sequence);
  const waiting = (): DeliveryRow[] =>
    rows()
      .filter((row) => row.state === "waiting")
      .toSorted((a, b) => a.dueAtMs - b.dueAtMs);
  return {
    destination,
    kind: kept.kind,
    get cursor() {
      return cursor;
    },
    get state() {
      return state;
    },
    get control() {
      return control;
    },
    async commit(change) {
      assertOpen();
      checkChange(destination, change);
      if (kept.generation !== generation) throw new JournalError("fenced", "a later holder opened this log");
      if ((change.cursor ?? Infinity) < (kept.cursor ?? 0)) throw cursorMovedBack(destination, kept.cursor ?? 0, change.cursor ?? 0);
      kept.cursor = cursor = change.cursor ?? kept.cursor;
      kept.state = state = change.state === undefined ? kept.state : new Uint8Array(change.state);
      kept.control = control = change.control === undefined ? kept.control : new Uint8Array(change.control);
      for (const sequence of change.remove ?? []) kept.rows.delete(sequence);
      for (const row of change.put ?? []) kept.rows.set(row.sequence, structuredClone(row));
      for (const settlement of change.settlements ?? []) {
        const isSame = ({ to, isLate }: Settlement): boolean => to === settlement.to && isLate === settlement.isLate;
        kept.settlements = [...kept.settlements.filter((one) => !isSame(one)), structuredClone(settlement)];
      }
    },
    async due(nowMs, limit) {
      assertOpen();
      return waiting()
        .filter(({ dueAtMs }) => dueAtMs <= nowMs)
        .slice(0, limit);
    },
    async nextDueAtMs() {
      assertOpen();
      return waiting()[0]?.dueAtMs;
    },
    async rows(query) {
      assertOpen();
      checkRowQuery(query);
      const wanted = rows().filter(({ sequence, state: one }) => sequence > query.after && (query.state ?? one) === one);
      const page = wanted.slice(0, query.limit);
      return query.withoutBytes === true ? page.map(({ bytes: _, ...row }) => row) : page;
    },
    async settlements(sequence) {
      assertOpen();
      checkSequence("settlements: sequence", sequence);
      const found = kept.settlements.filter(({ from, to }) => from <= sequence && sequence <= to);
      return found.toSorted((a, b) => Number(a.isLate) - Number(b.isLate));
    },
    async counts() {
      assertOpen();
      const counts = { waiting: 0, parked: 0, dead: 0 };
      for (const row of kept.rows.values()) counts[row.state] += 1;
      return counts;
    },
    async close() {
      closed = true;
    },
  };
}

/** The reference journal, broken in the given ways. */
export function referenceJournalSubject(faults: Faults = {}): JournalSubject {
  return {
    start(settings) {
      const first: Place = { head: 0, records: [], ids: new Map(), logs: new Map() };
      const made: { place: Place; journal: Journal }[] = [];
      const open = (place: Place): Journal => {
        const journal = createReferenceJournal(place, settings, faults);
        made.push({ place, journal });
        return journal;
      };
      const closeLast = async (): Promise<void> => await made.at(-1)?.journal.close();
      return Promise.resolve({
        journal: open(first),
        async reopen() {
          await closeLast();
          return open(made.at(-1)?.place ?? first);
        },
        // Structured clones: what the killed process goes on to write does not reach what is found after it.
        crash: () => Promise.resolve(open(structuredClone(made.at(-1)?.place ?? first))),
        async dispose() {
          for (const { journal } of made) await journal.close();
        },
      });
    },
  };
}
