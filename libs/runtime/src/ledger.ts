import type { Clock } from "@tapio/integration-core";
import type { DestinationChange, DestinationLog } from "@tapio/journal";
import { createWake } from "./wake.ts";

/** What is durable for one destination, as far as this process knows. */
export interface Ledger {
  readonly cursor: number;
  readonly state: Uint8Array | undefined;
  readonly waiting: number;
  readonly dead: number;
  committed(change: DestinationChange): void;
  /** Resolves when the cursor is at or above `sequence`, or after `end`. */
  passed(sequence: number): Promise<void>;
  /** Nothing will be committed any more. */
  end(): void;
}

/** Reads what is there. The log must have a cursor, or get one by `committed` before anything else. */
export async function openLedger(log: DestinationLog, clock: Clock): Promise<Ledger> {
  const progress = createWake(clock);
  const over = new AbortController();
  let cursor = log.cursor ?? 0;
  let state = log.state;
  let { waiting, dead } = await log.counts();

  async function count(): Promise<void> {
    try {
      ({ waiting, dead } = await log.counts());
    } catch {
      // Shown only: the next commit counts again, and a journal in trouble is told of where it is written.
    }
  }

  return {
    get cursor() {
      return cursor;
    },
    get state() {
      return state;
    },
    get waiting() {
      return waiting;
    },
    get dead() {
      return dead;
    },
    committed(change) {
      cursor = change.cursor ?? cursor;
      state = change.state ?? state;
      if (change.put !== undefined || change.remove !== undefined) void count();
      progress.wake();
    },
    async passed(sequence) {
      while (cursor < sequence && !over.signal.aborted) await progress.wait(progress.version, over.signal);
    },
    end() {
      over.abort();
    },
  };
}
