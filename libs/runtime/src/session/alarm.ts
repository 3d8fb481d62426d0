import type { Clock } from "@tapio/integration-core";
import { napMs } from "../wake.ts";

/** Calls back once, at the earliest time that it was set for. It may call too early; it is set again then. */
export interface Alarm {
  /** `undefined`: no need to. */
  setFor(atMs: number | undefined): void;
  off(): void;
}

const over = new Error("no longer awaited");

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let armedAtMs: number | undefined;
  let timer: AbortController | undefined;

  function off(): void {
    timer?.abort(over);
    timer = undefined;
    armedAtMs = undefined;
  }

  return {
    off,
    setFor(atMs) {
      if (atMs === undefined || (armedAtMs !== undefined && armedAtMs <= atMs)) return;
      off();
      armedAtMs = atMs;
      const own = (timer = new AbortController());
      clock.sleep(napMs(atMs - clock.now()), own.signal).then(
        () => {
          if (timer !== own) return;
          off();
          ring();
        },
        () => undefined,
      );
    },
  };
}
