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
  return {
    get isFailing() {
      return failures > 0;
    },
    async commit(change, signal) {
      try {
        await log.commit(change);
        if (failures > 0) options.onFailing(undefined);
        failures = 0;
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
  };
}
