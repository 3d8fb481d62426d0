import type { Clock } from "@tapio/integration-core";
import type { DestinationChange, DestinationLog } from "@tapio/journal";
import { createWake } from "./wake.ts";

/** What is durable for one destination, as far as this process knows: what the log shows, since a commit that failed may be there after all. */
export interface Ledger {
  readonly cursor: number;
  readonly state: Uint8Array | undefined;
  /** Too low while a commit with dead letters is not known to be written: it is counted once that is known. */
  readonly dead: number;
  committed(change: DestinationChange): void;
  /** What the log says, since a commit that failed may be there after all. */
  recount(dead: number): void;
  /** Dead letters were replayed or discarded. */
  removedDead(count: number): void;
  /** Resolves when the cursor is at or above `sequence`, or at the end. */
  passed(sequence: number): Promise<void>;
  /** Nothing will be committed any more, until it begins again. */
  end(): void;
  begin(): void;
}

/** The log must have a cursor, or get one before anything else. `dead` is how many dead letters there are. */
export function createLedger(log: DestinationLog, clock: Clock, deadAtFirst: number): Ledger {
  const progress = createWake(clock);
  const never = new AbortController().signal;
  let dead = deadAtFirst;
  let isOver = false;

  return {
    get cursor() {
      return log.cursor ?? 0;
    },
    get state() {
      return log.state;
    },
    get dead() {
      // Who replays or discards what such a commit wrote counts down what was never counted up.
      return Math.max(0, dead);
    },
    committed(change) {
      for (const row of change.put ?? []) if (row.state === "dead") dead += 1;
      progress.wake();
    },
    recount(count) {
      dead = count;
    },
    removedDead(count) {
      dead -= count;
    },
    async passed(sequence) {
      while ((log.cursor ?? 0) < sequence && !isOver) await progress.wait(progress.version, never);
    },
    end() {
      isOver = true;
      progress.wake();
    },
    begin() {
      isOver = false;
    },
  };
}
