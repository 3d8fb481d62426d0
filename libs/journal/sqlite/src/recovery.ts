import { setTimeout as sleep } from "node:timers/promises";
import { JournalError } from "@tapio/journal";
import { toJournalError } from "./sqlite-error.ts";
import { closeStores, type Stores } from "./stores.ts";

export interface RecoveryOptions {
  readonly path: string;
  /** Opens the file anew, and makes durable what is there. */
  readonly reopen: () => Promise<Stores>;
  /** Called once the file is found to be whole. */
  readonly adopt: (stores: Stores) => Promise<void>;
  /** What was acknowledged: the file must not have less. */
  readonly acknowledgedHead: number;
  readonly firstDelayMs: number;
  readonly signal: AbortSignal;
  readonly onAttemptFailed: (error: JournalError, nextDelayMs: number) => void;
}

export const DELAY_MAX_MS = 60_000;
/** What opening anew again and again cannot mend. */
const HOPELESS = new Set<JournalError["code"]>(["corrupt", "version"]);

/**
 * After a failed write or sync: opens the file anew until that succeeds, and sees that everything that was acknowledged is there and reads
 * back as it was written. Opening copies the write-ahead log into the file, syncs that, and empties the log: what the log's failed sync
 * left out on the disk was still in the system's cache, and nothing depends on the log any more.
 * @throws JournalError `corrupt` when it never will be; the signal's reason when that aborts.
 */
export async function recoverStores(options: RecoveryOptions): Promise<Stores> {
  const { signal, onAttemptFailed } = options;
  for (let delayMs = options.firstDelayMs; ; delayMs = Math.min(DELAY_MAX_MS, delayMs * 2)) {
    await sleep(delayMs, undefined, { signal });
    try {
      return await attempt(options);
    } catch (error) {
      signal.throwIfAborted();
      const problem = toJournalError("open the journal anew", error);
      if (HOPELESS.has(problem.code)) throw unmendable(options.path, problem.message, problem);
      onAttemptFailed(problem, Math.min(DELAY_MAX_MS, delayMs * 2));
    }
  }
}

async function attempt({ reopen, adopt, acknowledgedHead, signal }: RecoveryOptions): Promise<Stores> {
  const stores = await reopen();
  try {
    signal.throwIfAborted();
    const { head } = stores.position;
    if (head < acknowledgedHead) throw new JournalError("corrupt", `its last record is ${head}, and ${acknowledgedHead} was acknowledged`);
    await stores.reader.call("verifyNewest", [head]);
    await adopt(stores);
    return stores;
  } catch (error) {
    await closeStores(stores, () => undefined);
    throw error;
  }
}

/** The end of it: a person is needed. */
export function unmendable(path: string, what: string, cause: unknown): JournalError {
  const advice = `stop this process, look with \`tapioctl journal check ${path}\`, then restore a backup or run \`tapioctl journal repair\``;
  return new JournalError("corrupt", `the journal in ${path} is damaged and takes nothing more: ${what}. To go on, ${advice}`, cause);
}
