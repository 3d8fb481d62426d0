import { JournalError, type DestinationChange, type DestinationLog, type Journal } from "@tapio/journal";

/** What becomes of one commit. `io_written` is found although it failed; `die_*` is the end of the process. */
export type CommitFate = "write" | "io" | "io_written" | "die_before" | "die_after";

/** Who looks at what reaches the journal. */
export interface JournalWatcher {
  /** Asked for each commit before it is written; throws when the change breaks a rule. */
  onCommit(destination: string, change: DestinationChange): CommitFate;
  /** `isKnown`: the process is told so. */
  onWritten(destination: string, change: DestinationChange, isKnown: boolean): void;
  onAppended(sequences: readonly { readonly sequence: number; readonly id: string }[]): void;
  onProblem(problem: unknown): void;
}

/** A journal whose process can be killed at any commit, and that says when nothing is under way in it. */
export interface WatchedJournal extends Journal {
  readonly isAlive: boolean;
  /** Resolves when every call is answered, those that wait for records aside; true when there was one. */
  idle(): Promise<boolean>;
  /** Nothing of this handle ever answers again, as after kill -9. Resolves when the journal has done what it was told before. */
  kill(): Promise<void>;
}

/** Reads in a row that find nothing although the head is further on: nothing waits between them, so that nothing else would ever run. */
const emptyReadsMax = 100;

export function watchJournal(inner: Journal, watcher: JournalWatcher): WatchedJournal {
  const life = createLife();
  const { call } = life;
  const read = watchReads(inner, life, watcher);
  return {
    durability: inner.durability,
    get isAlive() {
      return life.isAlive;
    },
    idle: () => life.idle(),
    append: (group) =>
      call(async () => {
        const results = await inner.append(group);
        watcher.onAppended(results.map(({ sequence }, index) => ({ sequence, id: group[index]?.id ?? "" })));
        return results;
      }),
    read: (after, limit) => call(() => read(after, limit)),
    get: (sequence) => call(() => inner.get(sequence)),
    find: (id) => call(() => inner.find(id)),
    backlog: (after) => call(() => inner.backlog(after)),
    usage: () => call(() => inner.usage()),
    condition: () => inner.condition(),
    sequenceBefore: (atMs) => call(() => inner.sequenceBefore(atMs)),
    async waitPast(sequence, signal) {
      await life.unlessDead();
      await inner.waitPast(sequence, signal);
      await life.unlessDead();
    },
    bounds: () => inner.bounds(),
    trimTo: (sequence) => call(() => inner.trimTo(sequence)),
    open: (destination, kind) => call(async () => watchLog(await inner.open(destination, kind), life, watcher)),
    destinations: () => call(() => inner.destinations()),
    close: () => call(() => inner.close()),
    async kill() {
      life.isAlive = false;
      await life.told();
    },
  };
}

/** Whether the process is there, and what it waits for. */
interface Life {
  isAlive: boolean;
  /** Forwards a call while alive; what a dead process asked for is never answered. */
  call<T>(this: void, work: () => Promise<T>): Promise<T>;
  unlessDead(): Promise<void>;
  idle(): Promise<boolean>;
  /** Everything that was forwarded is answered, though perhaps nobody hears it. */
  told(): Promise<void>;
}

const never = new Promise<never>(() => undefined);

function createLife(): Life {
  const idlers: (() => void)[] = [];
  let underWay = 0;
  const untilIdle = async (): Promise<boolean> => {
    const hadToWait = underWay > 0;
    while (underWay > 0) await new Promise<void>((resolve) => idlers.push(resolve));
    return hadToWait;
  };
  const life: Life = {
    isAlive: true,
    async call(work) {
      await life.unlessDead();
      underWay += 1;
      try {
        return await work();
      } finally {
        underWay -= 1;
        if (underWay === 0) for (const resume of idlers.splice(0)) resume();
        await life.unlessDead();
      }
    },
    async unlessDead() {
      if (!life.isAlive) await never;
    },
    idle: () => (life.isAlive ? untilIdle() : Promise.resolve(false)),
    async told() {
      await untilIdle();
    },
  };
  return life;
}

function watchReads(inner: Journal, life: Life, watcher: JournalWatcher): Journal["read"] {
  let emptyReads = 0;
  return async (after, limit) => {
    const records = await inner.read(after, limit);
    emptyReads = records.length === 0 && inner.bounds().head > after ? emptyReads + 1 : 0;
    if (emptyReads < emptyReadsMax) return records;
    watcher.onProblem(new Error(`the rule is broken: above ${after} there is nothing, and it is read again and again`));
    life.isAlive = false;
    return await never;
  };
}

function watchLog(log: DestinationLog, life: Life, watcher: JournalWatcher): DestinationLog {
  const { call } = life;
  async function commit(change: DestinationChange): Promise<void> {
    const fate = watcher.onCommit(log.destination, change);
    if (fate === "die_before") life.isAlive = false;
    if (fate === "io" || fate === "die_before") throw new JournalError("io", "scripted: nothing is written");
    await log.commit(change);
    watcher.onWritten(log.destination, change, fate === "write");
    if (fate === "die_after") life.isAlive = false;
    if (fate === "io_written") throw new JournalError("io", "scripted: it is written all the same");
  }
  return {
    destination: log.destination,
    kind: log.kind,
    get cursor() {
      return log.cursor;
    },
    get state() {
      return log.state;
    },
    get control() {
      return log.control;
    },
    commit: (change) =>
      call(() =>
        commit(change).catch((reason: unknown) => {
          if (!(reason instanceof JournalError)) watcher.onProblem(reason);
          throw reason;
        }),
      ),
    due: (nowMs, limit) => call(() => log.due(nowMs, limit)),
    nextDueAtMs: () => call(() => log.nextDueAtMs()),
    rows: (query) => call(() => log.rows(query)),
    settlements: (sequence) => call(() => log.settlements(sequence)),
    counts: () => call(() => log.counts()),
    close: () => call(() => log.close()),
  };
}
