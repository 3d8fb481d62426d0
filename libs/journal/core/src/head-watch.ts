import type { JournalError } from "./journal-error.ts";

/** Those who wait for the head to pass a sequence: what a driver needs to serve `waitPast` without polling. */
export interface HeadWatch {
  waitPast(sequence: number, signal: AbortSignal): Promise<void>;
  /** Tells of a new head; lower ones are ignored. */
  advance(head: number): void;
  /** Rejects everyone who waits, and everyone who comes later. */
  end(reason: JournalError): void;
}

interface Waiter {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export function createHeadWatch(initialHead: number): HeadWatch {
  const waiters = new Set<Waiter>();
  let head = initialHead;
  let ended: JournalError | undefined;

  return {
    async waitPast(sequence, signal) {
      signal.throwIfAborted();
      if (ended) throw ended;
      if (head > sequence) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter: Waiter = { sequence, resolve, reject };
      const onAbort = () => reject(signal.reason);
      waiters.add(waiter);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        await promise;
      } finally {
        waiters.delete(waiter);
        signal.removeEventListener("abort", onAbort);
      }
    },
    advance(newHead) {
      if (newHead <= head) return;
      head = newHead;
      for (const waiter of waiters) if (head > waiter.sequence) waiter.resolve();
    },
    end(reason) {
      ended ??= reason;
      for (const waiter of waiters) waiter.reject(ended);
    },
  };
}
