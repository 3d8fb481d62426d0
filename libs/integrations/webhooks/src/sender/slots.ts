/** A bounded number of places; who finds none waits, first come first served. */
export interface Slots {
  /** Resolves with the function that gives the place back. Rejects with the signal's reason when it aborts first. */
  take(signal: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly give: () => void;
}

export function createSlots(count: number): Slots {
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
        const leave = () => {
          waiting.delete(waiter);
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          give: () => {
            signal.removeEventListener("abort", leave);
            resolve(giveBack);
          },
        };
        signal.addEventListener("abort", leave, { once: true });
        waiting.add(waiter);
      });
    },
  };
}
