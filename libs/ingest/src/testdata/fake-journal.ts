import type { AppendEntry, AppendResult, Journal } from "@tapio/journal";

/** A journal's `append` under the test's control: it remembers ids, waits while it is held, and fails when it is told to. */
export interface FakeJournal extends Pick<Journal, "append"> {
  readonly appended: AppendEntry[];
  /** Appends wait until the returned function is called. */
  hold(): () => void;
  /** The next append throws this. */
  failNext(reason: unknown): void;
}

export function createFakeJournal(): FakeJournal {
  const appended: AppendEntry[] = [];
  let gate: Promise<void> = Promise.resolve();
  let failure: { readonly reason: unknown } | undefined;
  return {
    appended,
    async append(group) {
      await gate;
      if (failure !== undefined) {
        const { reason } = failure;
        failure = undefined;
        throw reason;
      }
      return group.map((entry): AppendResult => {
        const earlier = appended.findIndex(({ id }) => id === entry.id);
        if (earlier !== -1) return { sequence: earlier + 1, duplicate: true };
        appended.push(entry);
        return { sequence: appended.length, duplicate: false };
      });
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    failNext(reason) {
      failure = { reason };
    },
  };
}
