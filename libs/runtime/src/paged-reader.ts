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
  let group: readonly ReadRecord[] = [];
  let given = 0;
  let givenTo = 0;
  let turnAtMs = 0;

  async function giveWay(): Promise<void> {
    if (Math.abs(clock.now() - turnAtMs) < turnMsMax) return;
    await nextTurn();
    turnAtMs = clock.now();
  }

  return {
    async read(after) {
      if (given < group.length && givenTo === after) {
        await giveWay();
      } else {
        group = await reader.read(after);
        given = 0;
        turnAtMs = clock.now();
      }
      const page = group.length <= pageRecordsMax ? group : group.slice(given, given + pageRecordsMax);
      given += page.length;
      givenTo = page.at(-1)?.sequence ?? after;
      // What was given is not kept alive from here.
      if (given >= group.length) group = [];
      return page;
    },
  };
}
