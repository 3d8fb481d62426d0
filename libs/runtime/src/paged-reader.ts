import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "@tapio/integration-core";
import type { ReadRecord, RecordReader } from "./record-reader.ts";

const pageRecordsMax = 1000;
const turnMsMax = 5;

/**
 * Hands out in pages what a reader reads in large groups, and gives way between two of them where they took long: a destination looks at a page at once,
 * through its filter, and everything else waits meanwhile. For one destination, which reads on where the last page ended.
 */
export function createPagedReader(reader: RecordReader, clock: Clock): RecordReader {
  /** What is left to be given of the last group: what was given is not kept alive from here. */
  let rest: readonly ReadRecord[] = [];
  let givenTo = 0;
  let turnAtMs = 0;

  async function giveWay(): Promise<void> {
    if (Math.abs(clock.now() - turnAtMs) < turnMsMax) return;
    await nextTurn();
    turnAtMs = clock.now();
  }

  return {
    async read(after) {
      if (rest.length > 0 && givenTo === after) {
        await giveWay();
      } else {
        rest = [];
        rest = await reader.read(after);
        turnAtMs = clock.now();
      }
      const page = rest.length <= pageRecordsMax ? rest : rest.slice(0, pageRecordsMax);
      rest = rest.slice(page.length);
      givenTo = page.at(-1)?.sequence ?? after;
      return page;
    },
  };
}
