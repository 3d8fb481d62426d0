import type { Clock } from "@tapio/integration-core";
import { createWake } from "./wake.ts";

/** How much of one destination may be in flight, in records and in bytes. */
export interface Room {
  readonly records: number;
  /** Waits, in the order of the calls, until there is room. One that is larger than all the room passes when nothing else is in flight. False: the signal aborted. */
  acquire(records: number, bytes: number, signal: AbortSignal): Promise<boolean>;
  release(records: number, bytes: number): void;
}

export interface RoomLimits {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

export function createRoom(clock: Clock, limits: RoomLimits): Room {
  const wake = createWake(clock);
  let records = 0;
  let bytes = 0;
  let nextTicket = 0;
  const queue: number[] = [];

  const fits = (moreRecords: number, moreBytes: number): boolean =>
    records === 0 || (records + moreRecords <= limits.recordsMax && bytes + moreBytes <= limits.bytesMax);

  return {
    get records() {
      return records;
    },
    async acquire(moreRecords, moreBytes, signal) {
      const ticket = nextTicket++;
      queue.push(ticket);
      try {
        while (!signal.aborted) {
          const { version } = wake;
          if (queue[0] === ticket && fits(moreRecords, moreBytes)) {
            records += moreRecords;
            bytes += moreBytes;
            return true;
          }
          await wake.wait(version, signal);
        }
        return false;
      } finally {
        queue.splice(queue.indexOf(ticket), 1);
        if (queue.length > 0) wake.wake();
      }
    },
    release(lessRecords, lessBytes) {
      records -= lessRecords;
      bytes -= lessBytes;
      wake.wake();
    },
  };
}
