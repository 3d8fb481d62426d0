import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "@tapio/integration-core";

/** Time that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves time forward by `durationMs` and wakes, in their order, all that sleep until then; what a woken sleeper starts runs
   * before the next one wakes, so chains of sleeps come out as they would in real time.
   */
  advance(durationMs: number): Promise<void>;
  /** How many sleep now. */
  sleeperCount(): number;
  /** When the next sleeper wakes, in the clock's milliseconds; undefined when nobody sleeps. */
  nextWakeMs(): number | undefined;
  /** Resolves as soon as at least `count` sleep. */
  untilSleeping(count?: number): Promise<void>;
}

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

/** 2026-01-02T03:04:05.000Z, so that a forgotten clock shows in the output. */
const defaultStartMs = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Makes a clock that starts at `startMs` since 1970 (default: 2026-01-02T03:04:05Z). */
export function createFakeClock(startMs: number = defaultStartMs): FakeClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  const watchers = new Set<() => void>();

  return {
    now: () => nowMs,
    sleep(delayMs, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(asError(signal.reason));
          return;
        }
        const sleeper: Sleeper = {
          wakeMs: nowMs + Math.max(0, delayMs),
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(asError(signal?.reason));
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        sleepers.add(sleeper);
        for (const watcher of watchers) watcher();
      });
    },
    async advance(durationMs) {
      const untilMs = nowMs + durationMs;
      await nextTurn();
      for (let next = earliest(sleepers); next !== undefined && next.wakeMs <= untilMs; next = earliest(sleepers)) {
        nowMs = Math.max(nowMs, next.wakeMs);
        next.wake();
        await nextTurn();
      }
      nowMs = untilMs;
    },
    sleeperCount: () => sleepers.size,
    nextWakeMs: () => earliest(sleepers)?.wakeMs,
    async untilSleeping(count = 1) {
      while (sleepers.size < count) {
        await new Promise<void>((resolve) => {
          const watcher = (): void => {
            watchers.delete(watcher);
            resolve();
          };
          watchers.add(watcher);
        });
      }
    },
  };
}

function earliest(sleepers: ReadonlySet<Sleeper>): Sleeper | undefined {
  let first: Sleeper | undefined;
  for (const sleeper of sleepers) if (first === undefined || sleeper.wakeMs < first.wakeMs) first = sleeper;
  return first;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
