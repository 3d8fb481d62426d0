import type { Clock } from "@tapio/integration-core";
import { JournalError, type DestinationChange, type DestinationLog } from "@tapio/journal";
import { backoffMs } from "./backoff.ts";
import { pause } from "./wake.ts";

/** Commits to one destination's log, and says what became of it. */
export interface Committer {
  /** The last try failed: what it was to write may be there. */
  readonly isFailing: boolean;
  /**
   * One try. `failed`: nothing is known to be written; the backoff has passed, and the same change may be tried again.
   * `lost`: the log is another's now, closed, or further than whoever commits knows; no try will succeed.
   */
  commit(change: DestinationChange, signal: AbortSignal): Promise<"committed" | "failed" | "lost">;
  /**
   * Somebody else is about to change these dead rows, which the log has. Where the commit under way puts some of them, it was written although
   * that is not known: should it be tried again, it leaves them out.
   */
  leaveOut(sequences: readonly number[]): void;
}

export interface CommitterOptions {
  readonly log: DestinationLog;
  readonly clock: Clock;
  random(): number;
  /** A commit failed and will be tried again; `undefined`: commits work again. */
  onFailing(error: JournalError | undefined): void;
  onLost(error: JournalError): void;
  /** The log's cursor has moved past the change, by a commit that nobody waited for any more: whoever commits must begin anew from the log. */
  onStale(): void;
}

const backoff = { initialDelayMs: 100, maxDelayMs: 30_000, multiplier: 2 };

export function createCommitter(options: CommitterOptions): Committer {
  const { log, clock } = options;
  let failures = 0;
  let isUnderWay = false;
  const leftOut = new Set<number>();
  return {
    get isFailing() {
      return failures > 0;
    },
    async commit(change, signal) {
      isUnderWay = true;
      try {
        await log.commit(withoutPuts(change, leftOut));
        if (failures > 0) options.onFailing(undefined);
        failures = 0;
        isUnderWay = false;
        leftOut.clear();
        return "committed";
      } catch (reason) {
        if (reason instanceof RangeError && (change.cursor ?? Infinity) < (log.cursor ?? 0)) {
          options.onStale();
          return "lost";
        }
        const error =
          reason instanceof JournalError ? reason : new JournalError("io", `committing for ${log.destination}: ${String(reason)}`, reason);
        if (error.code === "fenced" || error.code === "closed") {
          options.onLost(error);
          return "lost";
        }
        failures += 1;
        options.onFailing(error);
        await pause(clock, backoffMs(backoff, failures, options.random()), signal);
        return "failed";
      }
    },
    leaveOut(sequences) {
      if (isUnderWay) for (const sequence of sequences) leftOut.add(sequence);
    },
  };
}

function withoutPuts(change: DestinationChange, leftOut: ReadonlySet<number>): DestinationChange {
  if (leftOut.size === 0 || change.put === undefined) return change;
  return { ...change, put: change.put.filter(({ sequence }) => !leftOut.has(sequence)) };
}
