import type { DestinationLog } from "@tapio/journal";
import type { RuntimeParts } from "../runtime-parts.ts";

/** Opens the log of each destination that is not configured any more, one at a time, for as long as the work takes. `only`: just this one. */
export async function withRemovedLogs(
  { options, destinations }: RuntimeParts,
  work: (log: DestinationLog) => Promise<void>,
  only?: string,
): Promise<void> {
  for (const name of await options.journal.destinations()) {
    if (destinations.has(name) || (only !== undefined && name !== only)) continue;
    // The log exists, so that its own kind stands, whatever this one is.
    const log = await options.journal.open(name, "removed");
    try {
      await work(log);
    } finally {
      await log.close();
    }
  }
}
