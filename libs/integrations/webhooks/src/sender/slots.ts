/** A bounded number of places; who finds none waits, first come first served. */
export interface Slots {
  /** Resolves with the function that gives the place back. Rejects with the signal's reason when it aborts first, and with NoPlaceError after the wait. */
  take(signal: AbortSignal): Promise<() => void>;
}

/** No place became free in time. */
export class NoPlaceError extends Error {
  override readonly name = "NoPlaceError";
}

interface Waiter {
  readonly give: () => void;
}

export interface SlotsOptions {
  readonly count: number;
  /** How long to wait for a place, in milliseconds. */
  readonly waitMsMax: number;
}

export function createSlots({ count, waitMsMax }: SlotsOptions): Slots {
  const waiting = new Set<Waiter>();
  let free = count;

  const giveBack = () => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next.give();
  };

  return {
    take(signal) {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      if (free > 0) {
        free -= 1;
        return Promise.resolve(giveBack);
      }
      return new Promise((resolve, reject) => {
        const stopWaiting = () => {
          clearTimeout(timeout);
          signal.removeEventListener("abort", onAbort);
          waiting.delete(waiter);
        };
        const onAbort = () => {
          stopWaiting();
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          give: () => {
            stopWaiting();
            resolve(giveBack);
          },
        };
        const timeout = setTimeout(() => {
          stopWaiting();
          reject(new NoPlaceError(`none of ${count} places became free within ${waitMsMax} ms`));
        }, waitMsMax);
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.add(waiter);
      });
    },
  };
}
