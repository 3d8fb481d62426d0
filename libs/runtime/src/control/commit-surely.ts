import { JournalError, type DestinationChange, type DestinationLog } from "@tapio/journal";
import type { RuntimeParts } from "../runtime-parts.ts";
import { pause } from "../wake.ts";

const triesMax = 30;
const pauseMs = 1000;

/**
 * Commits rows that a running session is told of afterwards. After `io` they may be there or not, and the session would never hear of them: the same is
 * written again, which changes nothing where it is there, until the journal has recovered. @throws JournalError
 */
export async function commitSurely({ options, isEnding }: RuntimeParts, log: DestinationLog, change: DestinationChange): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await log.commit(change);
    } catch (reason) {
      const mayBeThere = reason instanceof JournalError && reason.code === "io";
      if (!mayBeThere || tries === triesMax || isEnding.aborted) throw reason;
      await pause(options.clock, pauseMs, isEnding);
    }
  }
}
