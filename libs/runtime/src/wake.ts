import type { Clock } from "@tapio/integration-core";

/** Why a timer that is no longer needed ends. Nobody sees it; made once, since a DOMException with its stack is dear. */
const over = new Error("no longer awaited");

/** Node's timers fire at once beyond 2^31 - 1 ms, and a clock may be set meanwhile: nobody sleeps longer without looking again. */
const napMaxMs = 3_600_000;

/** How long to sleep before looking again. */
export function napMs(delayMs: number): number {
  return Math.min(Math.max(0, delayMs), napMaxMs);
}

/** A condition that others change: who waits looks again after each `wake`. */
export interface Wake {
  /** Rises with each `wake`. Take it before looking at the condition, and give it to `wait`: nothing in between is missed. */
  readonly version: number;
  wake(): void;
  /** Resolves at the first `wake` after `version`, at `untilMs` or an hour from now, or when the signal aborts: look again. Never rejects. */
  wait(version: number, signal: AbortSignal, untilMs?: number): Promise<void>;
}

export function createWake(clock: Clock): Wake {
  let version = 0;
  const waiters = new Set<() => void>();
  return {
    get version() {
      return version;
    },
    wake() {
      version += 1;
      for (const resume of [...waiters]) resume();
    },
    async wait(seen, signal, untilMs) {
      if (seen !== version || signal.aborted) return;
      const timer = untilMs === undefined ? undefined : new AbortController();
      await new Promise<void>((resolve) => {
        const done = (): void => {
          waiters.delete(done);
          signal.removeEventListener("abort", done);
          timer?.abort(over);
          resolve();
        };
        waiters.add(done);
        signal.addEventListener("abort", done);
        if (timer !== undefined && untilMs !== undefined) clock.sleep(napMs(untilMs - clock.now()), timer.signal).then(done, done);
      });
    },
  };
}

/** Sleeps until `delayMs` have passed or the signal aborts. Never rejects. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  for (let leftMs = delayMs; leftMs > 0 && !signal.aborted; leftMs -= napMaxMs)
    await clock.sleep(napMs(leftMs), signal).catch(() => undefined);
}

/** Resolves with the promise's value, or with `undefined` after `limitMs`; what comes later is ignored. Rejects as the promise does. */
export async function within<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  const limit = pause(clock, limitMs, timer.signal).then(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    timer.abort(over);
  }
}
