import {
  JournalError,
  type DeliveryRow,
  type DestinationChange,
  type DestinationLog,
  type Journal,
  JournalRecord,
  type Settlement,
} from "@tapio/journal";
import type { Clock } from "@tapio/integration-core";
import { viewOf, type RecordView } from "@tapio/domain";

/**
 * What becomes of one commit: written; refused with an error; written or not, and then the process dies; written, while the caller is told `io`, as by a
 * journal that failed and opened its medium anew.
 */
export type CommitFate = "write" | "die_before" | "die_after" | "write_and_fail" | JournalError;

/** A journal in memory whose process can be killed, and whose commits and reads can be made to fail. */
export interface FakeJournal extends Journal {
  appendViews(views: readonly RecordView[]): Promise<void>;
  appendBytes(bytes: Uint8Array): Promise<void>;
  /** Asked before each commit is written. */
  onCommit: (destination: string, change: DestinationChange) => CommitFate;
  /** While set, every read of records, due rows included, fails with it. */
  readError: JournalError | undefined;
  readonly reads: number;
  /** Runs once, after rows were read and before they are given back. */
  afterRows: (() => Promise<void>) | undefined;
  /** Nothing of this handle ever answers again, as after kill -9. */
  kill(): void;
  readonly alive: boolean;
  /** What the next process finds. */
  reopen(): FakeJournal;
  /** All rows of a destination, as they are durable. */
  rowsOf(destination: string): readonly DeliveryRow[];
  cursorOf(destination: string): number | undefined;
  /** As a commit does that nobody heard of. */
  moveCursor(destination: string, to: number, state?: Uint8Array): void;
  /** The same. */
  putRow(destination: string, row: DeliveryRow): void;
  stateOf(destination: string): Uint8Array | undefined;
}

interface StoredLog {
  /** Of its first open. */
  kind: string | undefined;
  cursor: number | undefined;
  state: Uint8Array | undefined;
  control: Uint8Array;
  rows: Map<number, DeliveryRow>;
  settlements: Settlement[];
  generation: number;
}

function newLog(): StoredLog {
  return {
    ...{ kind: undefined, cursor: undefined, state: undefined, control: new Uint8Array(), generation: 0 },
    ...{ rows: new Map(), settlements: [] },
  };
}

interface Store {
  records: JournalRecord[];
  head: number;
  trimmed: number;
  logs: Map<string, StoredLog>;
}

function idOf(bytes: Uint8Array): string | undefined {
  const view = viewOf(bytes);
  return view.ok ? view.view.header.id : undefined;
}

export function createFakeJournal(clock: Clock, store: Store = { records: [], head: 0, trimmed: 0, logs: new Map() }): FakeJournal {
  const waiters = new Set<() => void>();
  const handles = new Set<() => void>();
  let alive = true;
  let reads = 0;
  const never = new Promise<never>(() => undefined);

  async function step(): Promise<void> {
    await Promise.resolve();
    if (!alive) await never;
  }
  async function readable(): Promise<void> {
    await step();
    if (journal.readError !== undefined) throw journal.readError;
  }
  function logOf(destination: string): StoredLog {
    let log = store.logs.get(destination);
    if (log === undefined) store.logs.set(destination, (log = newLog()));
    return log;
  }

  async function commit(destination: string, log: StoredLog, generation: number, change: DestinationChange): Promise<void> {
    await step();
    const fate = journal.onCommit(destination, change);
    if (fate instanceof JournalError) throw fate;
    if (fate === "die_before") alive = false;
    await step();
    if (log.generation !== generation) throw new JournalError("fenced", `${destination} has a later holder`);
    if (change.cursor !== undefined && change.cursor < (log.cursor ?? 0))
      throw new RangeError(`${destination}: cursor back from ${log.cursor} to ${change.cursor}`);
    log.cursor = change.cursor ?? log.cursor;
    log.state = change.state?.slice() ?? log.state;
    log.control = change.control?.slice() ?? log.control;
    log.settlements.push(...(change.settlements ?? []));
    for (const sequence of change.remove ?? []) log.rows.delete(sequence);
    for (const row of change.put ?? []) log.rows.set(row.sequence, row);
    if (fate === "die_after") alive = false;
    await step();
    if (fate === "write_and_fail") throw new JournalError("io", "the disk failed, and what was written is there");
  }

  function handleOf(destination: string, kind: string): DestinationLog {
    const log = logOf(destination);
    const firstKind = (log.kind ??= kind);
    const generation = ++log.generation;
    let shown = { cursor: log.cursor, state: log.state };
    const refresh = (): void => {
      if (log.generation === generation) shown = { cursor: log.cursor, state: log.state };
    };
    handles.add(refresh);
    const sorted = (): DeliveryRow[] => [...log.rows.values()].sort((a, b) => a.sequence - b.sequence);
    const waiting = (): DeliveryRow[] =>
      sorted()
        .filter((row) => row.state === "waiting")
        .sort((a, b) => a.dueAtMs - b.dueAtMs);
    return {
      destination,
      kind: firstKind,
      get cursor() {
        return shown.cursor;
      },
      get state() {
        return shown.state;
      },
      get control() {
        return log.control;
      },
      async commit(change) {
        try {
          await commit(destination, log, generation, change);
        } finally {
          refresh();
        }
      },
      async due(nowMs, limit) {
        await readable();
        return waiting()
          .filter((row) => row.dueAtMs <= nowMs)
          .slice(0, limit);
      },
      async nextDueAtMs() {
        await readable();
        return waiting()[0]?.dueAtMs;
      },
      async rows({ after, limit, state }) {
        await step();
        const found = sorted()
          .filter((row) => row.sequence > after && (state === undefined || row.state === state))
          .slice(0, limit);
        const { afterRows } = journal;
        journal.afterRows = undefined;
        await afterRows?.();
        return found;
      },
      async settlements(sequence) {
        await step();
        const covers = log.settlements.filter(({ from, to }) => from <= sequence && sequence <= to);
        const range = covers.findLast(({ isLate }) => !isLate);
        const late = covers.findLast(({ isLate }) => isLate);
        return [range, late].filter((found) => found !== undefined);
      },
      async counts() {
        await step();
        const counts = { waiting: 0, parked: 0, dead: 0 };
        for (const row of log.rows.values()) counts[row.state] += 1;
        return counts;
      },
      async close() {
        await step();
      },
    };
  }

  const journal: FakeJournal = {
    durability: "memory",
    onCommit: () => "write",
    readError: undefined,
    afterRows: undefined,
    get reads() {
      return reads;
    },
    get alive() {
      return alive;
    },
    async append(group) {
      await step();
      const results = group.map(({ bytes }) => {
        store.head += 1;
        store.records.push(new JournalRecord(store.head, clock.now(), bytes));
        return { sequence: store.head, duplicate: false };
      });
      for (const waiter of [...waiters]) waiter();
      return results;
    },
    async appendViews(views) {
      await journal.append(views.map((view) => ({ id: view.header.id, bytes: view.bytes })));
    },
    async appendBytes(bytes) {
      await journal.append([{ id: "raw", bytes }]);
    },
    async read(after, limit) {
      reads += 1;
      await readable();
      const from = store.records.findIndex((record) => record.sequence > after);
      return from < 0 ? [] : store.records.slice(from, from + limit.records);
    },
    async get(sequence) {
      await step();
      return store.records.find((record) => record.sequence === sequence);
    },
    async find(id) {
      await step();
      return store.records.findLast((record) => idOf(record.bytes) === id)?.sequence;
    },
    async backlog(after) {
      await step();
      const above = store.records.filter((record) => record.sequence > after);
      const bytes = above.reduce((sum, record) => sum + record.bytes.length, 0);
      return { records: above.length, bytes, oldestAtMs: above[0]?.appendedAtMs };
    },
    async usage() {
      await step();
      return { recordBytes: store.records.reduce((sum, record) => sum + record.bytes.length, 0), fill: 0 };
    },
    condition: () => ({ state: "ok", message: "" }),
    async sequenceBefore(atMs) {
      await step();
      return store.records.findLast((record) => record.appendedAtMs < atMs)?.sequence ?? store.trimmed;
    },
    async waitPast(sequence, signal) {
      await step();
      signal.throwIfAborted();
      while (store.head <= sequence) {
        await new Promise<void>((resolve, reject) => {
          const done = (): void => {
            waiters.delete(done);
            signal.removeEventListener("abort", aborted);
            resolve();
          };
          const aborted = (): void => {
            waiters.delete(done);
            reject(signal.reason as Error);
          };
          waiters.add(done);
          signal.addEventListener("abort", aborted, { once: true });
        });
      }
    },
    bounds: () => ({ first: store.trimmed + 1, head: store.head }),
    async trimTo(sequence) {
      await step();
      store.trimmed = sequence;
      store.records = store.records.filter((record) => record.sequence > sequence);
    },
    async open(destination, kind) {
      await step();
      return handleOf(destination, kind);
    },
    async destinations() {
      await step();
      return [...store.logs.keys()];
    },
    close: () => step(),
    kill() {
      alive = false;
    },
    reopen() {
      alive = false;
      return createFakeJournal(clock, store);
    },
    rowsOf: (destination) => [...logOf(destination).rows.values()].sort((a, b) => a.sequence - b.sequence),
    cursorOf: (destination) => logOf(destination).cursor,
    moveCursor(destination, to, state) {
      const log = logOf(destination);
      Object.assign(log, { cursor: to, state: state ?? log.state });
      for (const show of handles) show();
    },
    putRow: (destination, row) => void logOf(destination).rows.set(row.sequence, row),
    stateOf: (destination) => logOf(destination).state,
  };
  return journal;
}
