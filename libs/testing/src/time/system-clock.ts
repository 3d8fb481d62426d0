import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@tapio/integration-core";

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(delayMs, signal) {
    try {
      await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
    } catch (reason) {
      // Node wraps the signal's reason in an AbortError of its own; the port promises the reason itself.
      throw signal?.aborted === true ? signal.reason : reason;
    }
  },
};
