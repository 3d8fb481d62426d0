/** Things that have all the same time. */
export interface Deadlines<T> {
  add(item: T): void;
  /** Nothing happens to it any more. */
  delete(item: T): void;
  /** Forgets all, and its timer. */
  clear(): void;
}

/**
 * Tells of each thing that is still there after `afterMs`. They become due in the order in which they came, so that one timer serves them
 * all, and it is set anew only when it goes off: one of its own for each of thousands of short requests costs more than it tells.
 */
export function createDeadlines<T>(afterMs: number, onDue: (item: T) => void): Deadlines<T> {
  const dueAtMs = new Map<T, number>();
  let timer: NodeJS.Timeout | undefined;

  const arm = (delayMs: number) => {
    // What is being waited for (a socket, a queue behind one) keeps the process alive, if anything.
    timer = setTimeout(sweep, delayMs).unref();
  };

  const sweep = () => {
    timer = undefined;
    const nowMs = performance.now();
    const due: T[] = [];
    for (const [item, dueMs] of dueAtMs) {
      if (dueMs > nowMs) {
        arm(Math.ceil(dueMs - nowMs));
        break;
      }
      due.push(item);
    }
    for (const item of due) if (dueAtMs.delete(item)) onDue(item);
  };

  return {
    add(item) {
      dueAtMs.set(item, performance.now() + afterMs);
      if (timer === undefined) arm(afterMs);
    },
    delete(item) {
      dueAtMs.delete(item);
    },
    clear() {
      dueAtMs.clear();
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
