import type { Clock } from "@tapio/integration-core";
import type { DeliveryRow, DestinationChange } from "@tapio/journal";
import type { Committer } from "./committer.ts";
import { createStaging, type StagedRow } from "./staging.ts";
import { createWake } from "./wake.ts";

/** Writes what is settled: one commit at a time, each with all that was staged while the one before was under way. */
export interface Settlement {
  /** The cursor of the last commit. */
  readonly cursor: number;
  /** Rows that are staged and not yet written. */
  readonly staged: number;
  /** Stages a row; call it before the cursor can pass it: one commit carries both. */
  put(row: DeliveryRow): void;
  remove(sequence: number): void;
  /** Says that the cursor moved. */
  request(): void;
  /** Resolves when all that was staged before is durable, or when nothing is written any more. */
  flushed(): Promise<void>;
  /** Writes until the signal aborts and nothing is staged, or the log is lost. One failed commit after the abort ends it too. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SettlementOptions {
  readonly committer: Committer;
  readonly clock: Clock;
  /** The cursor that is durable already. */
  readonly committed: number;
  /** Everything at or below it is settled, in memory. */
  cursor(): number;
  onCommitted(change: DestinationChange): void;
}

export function createSettlement(options: SettlementOptions): Settlement {
  const staging = createStaging();
  const work = createWake(options.clock);
  const progress = createWake(options.clock);
  const never = new AbortController().signal;
  let committed = options.committed;
  let ended = false;

  async function commitOnce(signal: AbortSignal): Promise<void> {
    const taken = staging.take();
    const change = changeOf(taken.rows, options.cursor(), committed);
    const wasStopping = signal.aborted;
    const result = await options.committer.commit(change, signal);
    if (result !== "committed") {
      staging.giveBack(taken);
      if (result === "lost" || wasStopping) ended = true;
      return;
    }
    committed = change.cursor ?? committed;
    staging.durable(taken);
    options.onCommitted(change);
    progress.wake();
  }

  function stage(sequence: number, row: StagedRow): void {
    staging.add(sequence, row);
    work.wake();
  }

  return {
    get cursor() {
      return committed;
    },
    get staged() {
      return staging.size;
    },
    put: (row) => stage(row.sequence, row),
    remove: (sequence) => stage(sequence, "remove"),
    request: () => work.wake(),
    async flushed() {
      const wanted = staging.added;
      while (!ended && staging.durableCount < wanted) await progress.wait(progress.version, never);
    },
    async run(signal) {
      while (!ended) {
        const { version } = work;
        if (staging.size > 0 || options.cursor() > committed) await commitOnce(signal);
        else if (signal.aborted) break;
        else await work.wait(version, signal);
      }
      ended = true;
      progress.wake();
    },
  };
}

function changeOf(rows: ReadonlyMap<number, StagedRow>, cursor: number, committed: number): DestinationChange {
  const put: DeliveryRow[] = [];
  const remove: number[] = [];
  for (const [sequence, row] of rows) {
    if (row === "remove") remove.push(sequence);
    else put.push(row);
  }
  return {
    ...(cursor > committed ? { cursor } : {}),
    ...(put.length > 0 ? { put } : {}),
    ...(remove.length > 0 ? { remove } : {}),
  };
}
