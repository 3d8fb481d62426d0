import type { Logger, Meter } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";
import { createDeliveryMetrics } from "./delivery-metrics.ts";

export interface RemovedOptions {
  readonly journal: Pick<Journal, "bounds" | "destinations" | "open">;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Names of the destinations that there are. */
  readonly configured: readonly string[];
}

/**
 * Says what the journal still holds for destinations that are no longer configured, e.g. after a renaming: nobody delivers it. Changes none of
 * it, so that it goes on when the name comes back. Never rejects: it is no reason not to deliver the rest.
 */
export async function reportRemoved({ journal, logger, meter, configured }: RemovedOptions): Promise<void> {
  try {
    for (const name of await journal.destinations()) {
      if (configured.includes(name)) continue;
      // The log exists, so that its own kind stands, whatever this one is.
      const log = await journal.open(name, "removed");
      const { waiting, dead } = await log.counts();
      const { cursor, kind } = log;
      await log.close();
      const lag = journal.bounds().head - (cursor ?? 0);
      createDeliveryMetrics(meter, name).kept({ waiting, dead });
      logger.warn(
        { destination: name, kind, waiting, dead, cursor, lag },
        "the journal holds a destination that is not configured: nothing of it is delivered until its name is configured again",
      );
    }
  } catch (reason) {
    logger.warn({ error: String(reason) }, "destinations that are no longer configured could not be looked at");
  }
}
