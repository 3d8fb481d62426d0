import type { Clock } from "@tapio/integration-core";
import { napMs } from "./wake.ts";

/** Ends the attempts of one destination: each when its time is over, and all when the gateway no longer waits for them. */
export interface Deadlines {
  readonly stopped: boolean;
  /** Watches one attempt from now on; call the result when it ended by itself. */
  watch(onEnd: (why: "timeout" | "stopped") => void): () => void;
}

interface Watched {
  atMs: number;
  onEnd: (why: "timeout" | "stopped") => void;
}

const ended = (): void => undefined;

/** All attempts have the same time, so that one sleeper, for the oldest, is enough: a timer for each record would cost more than the rest of the attempt. */
export function createDeadlines(clock: Clock, timeoutMs: number, stop: AbortSignal): Deadlines {
  const watched = new Set<Watched>();
  let sleeping = false;

  function endDue(): void {
    for (const one of watched) {
      // The clock was set back: it gets its time once more, not until next year.
      one.atMs = Math.min(one.atMs, clock.now() + timeoutMs);
      if (!stop.aborted && one.atMs > clock.now()) return;
      watched.delete(one);
      one.onEnd(stop.aborted ? "stopped" : "timeout");
    }
  }

  async function sleepWhileWatching(): Promise<void> {
    sleeping = true;
    for (let [first] = watched; first !== undefined && !stop.aborted; [first] = watched) {
      await clock.sleep(napMs(first.atMs - clock.now()), stop).catch(() => undefined);
      endDue();
    }
    sleeping = false;
  }

  stop.addEventListener("abort", endDue, { once: true });
  return {
    get stopped() {
      return stop.aborted;
    },
    watch(onEnd) {
      const one = { atMs: clock.now() + timeoutMs, onEnd };
      watched.add(one);
      if (!sleeping) void sleepWhileWatching();
      return () => {
        watched.delete(one);
        // A Set leaves the tables that it grows out of behind, each holding on to the next: those that are old when they are collected would keep every
        // attempt alive, with its records, until the whole heap is.
        one.onEnd = ended;
      };
    },
  };
}
