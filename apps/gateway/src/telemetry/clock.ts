import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@tapio/integration-core";

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (delayMs, signal) => {
    try {
      await sleep(delayMs, undefined, signal === undefined ? undefined : { signal });
    } catch (reason) {
      throw signal?.aborted === true ? signal.reason : reason;
    }
  },
};
