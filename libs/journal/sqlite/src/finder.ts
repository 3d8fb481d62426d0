import type { IndexStore } from "./index-store.ts";
import type { JournalPosition } from "./messages.ts";
import { SEGMENT_RECORDS, type Stores } from "./stores.ts";
import type { WorkerClient } from "./worker-client.ts";

/** Finds records by the hash of their ids: with the index's thread once there is enough to index, and without it. */
export interface Finder {
  find(hash: Uint32Array): Promise<number | undefined>;
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 1000;
/** After a thread that died or could not start. */
const RESTART_MS = 60_000;

/** The index's thread is nobody's problem: when it dies the reader looks through everything, and another is started later. */
export function createFinder(
  { reader, startIndex }: Pick<Stores, "reader" | "startIndex">,
  position: () => JournalPosition,
  lookEveryMs = LOOK_EVERY_MS,
): Finder {
  let index: WorkerClient<IndexStore> | undefined;
  let notBeforeMs = 0;
  const start = () => {
    const started = startIndex();
    const forget = () => {
      if (index !== started) return;
      index = undefined;
      notBeforeMs = performance.now() + RESTART_MS;
      void started.end();
    };
    started.opened.catch(forget);
    void started.died.then(forget);
    index = started;
  };
  const timer = setInterval(() => {
    const { head, trimmedTo } = position();
    if (index === undefined && head - trimmedTo >= SEGMENT_RECORDS && performance.now() >= notBeforeMs) start();
  }, lookEveryMs).unref();

  return {
    async find(hash) {
      const [found] = await Promise.allSettled([index?.call("find", [hash, position()])]);
      if (index !== undefined && found.status === "fulfilled") return found.value;
      return reader.call("find", [hash, position()]);
    },
    async close() {
      clearInterval(timer);
      const last = index;
      index = undefined;
      await last?.call("close", []).catch(() => undefined);
      await last?.end();
    },
  };
}
