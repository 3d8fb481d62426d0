import type { DeliveryRow, DestinationChange, DestinationLog } from "@tapio/journal";
import { checkChange, checkRowQuery, checkSequence, cursorMovedBack, JournalError } from "@tapio/journal";
import type { MemoryDestination } from "./memory-state.ts";

/** A handle on one destination's log; `assertOpen` throws once the journal is closed. */
export function createMemoryDestinationLog(destination: string, log: MemoryDestination, assertOpen: () => void): DestinationLog {
  const generation = log.generation;
  let cursor = log.cursor;
  let state = log.state;
  let control = log.control;
  let closed = false;
  const assertUsable = () => {
    assertOpen();
    if (closed) throw new JournalError("closed", `destination ${destination}: its handle is closed`);
  };

  return {
    destination,
    kind: log.kind,
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
      assertUsable();
      checkChange(destination, change);
      if (log.generation !== generation) throw fenced(destination);
      if (change.cursor !== undefined && change.cursor < (log.cursor ?? 0))
        throw cursorMovedBack(destination, log.cursor ?? 0, change.cursor);
      apply(log, change);
      ({ cursor, state, control } = log);
    },
    ...createQueries(log, assertUsable),
    async close() {
      closed = true;
    },
  };
}

type Queries = Pick<DestinationLog, "due" | "nextDueAtMs" | "rows" | "settlements" | "counts">;

function createQueries(log: MemoryDestination, assertUsable: () => void): Queries {
  const sorted = (order: (a: DeliveryRow, b: DeliveryRow) => number) => [...log.rows.values()].toSorted(order);
  const waiting = () => sorted((a, b) => a.dueAtMs - b.dueAtMs || a.sequence - b.sequence).filter((row) => row.state === "waiting");
  return {
    async due(nowMs, limit) {
      assertUsable();
      return waiting()
        .filter((row) => row.dueAtMs <= nowMs)
        .slice(0, limit);
    },
    async nextDueAtMs() {
      assertUsable();
      return waiting()[0]?.dueAtMs;
    },
    async rows(query) {
      assertUsable();
      checkRowQuery(query);
      const matches = (row: DeliveryRow) => row.sequence > query.after && (query.state === undefined || row.state === query.state);
      return sorted((a, b) => a.sequence - b.sequence)
        .filter(matches)
        .slice(0, query.limit)
        .map((row) => (query.withoutBytes === true ? withoutBytes(row) : row));
    },
    async settlements(sequence) {
      assertUsable();
      checkSequence("settlements: sequence", sequence);
      const range = [...log.ranges.values()].find(({ from, to }) => from <= sequence && sequence <= to);
      return [range, log.late.get(sequence)].filter((found) => found !== undefined);
    },
    async counts() {
      assertUsable();
      const counts = { waiting: 0, parked: 0, dead: 0 };
      for (const row of log.rows.values()) counts[row.state] += 1;
      return counts;
    },
  };
}

function apply(log: MemoryDestination, change: DestinationChange): void {
  if (change.cursor !== undefined) log.cursor = change.cursor;
  if (change.state !== undefined) log.state = new Uint8Array(change.state);
  if (change.control !== undefined) log.control = new Uint8Array(change.control);
  for (const sequence of change.remove ?? []) log.rows.delete(sequence);
  for (const row of change.put ?? []) log.rows.set(row.sequence, ownedRow(row));
  for (const settlement of change.settlements ?? []) {
    const kept = settlement.isLate ? log.late : log.ranges;
    kept.set(settlement.to, { ...settlement, note: new Uint8Array(settlement.note) });
  }
}

function ownedRow(row: DeliveryRow): DeliveryRow {
  const { bytes, history } = row;
  return {
    ...row,
    ...(bytes === undefined ? {} : { bytes: new Uint8Array(bytes) }),
    ...(history === undefined ? {} : { history: new Uint8Array(history) }),
  };
}

function withoutBytes({ bytes: _, ...row }: DeliveryRow): DeliveryRow {
  return row;
}

function fenced(destination: string): JournalError {
  return new JournalError("fenced", `destination ${destination}: a later holder opened its log; this handle commits no more`);
}
