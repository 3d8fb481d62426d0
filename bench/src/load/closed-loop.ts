import { setTimeout as sleep } from "node:timers/promises";
import { quantilesOf } from "../report/statistics.ts";
import type { LoadOptions, LoadReport } from "./load-options.ts";

/** One place in the loop: sends a request with the records from `counter` on and resolves with what became of it. */
export interface Sender {
  send(counter: number, sentAtMs: number): Promise<"acknowledged" | "put off">;
}

const putOffMs = 50;

/** Every sender has one request under way at any time, until the time is up or enough was sent. */
export async function runClosedLoop(senders: readonly Sender[], options: LoadOptions): Promise<LoadReport> {
  const { batch, recordsMax, recordsPerSecond, firstRecord = 0 } = options;
  const beganAt = performance.now();
  const measureFrom = beganAt + options.warmUpSeconds * 1000;
  const endsAt = measureFrom + options.seconds * 1000;
  const ackMs: number[] = [];
  const counts = { given: 0, acknowledged: 0, measured: 0, putOff: 0 };
  let lastAckAt = measureFrom;

  const run = async (sender: Sender): Promise<void> => {
    // However slow the machine is, something is measured.
    while ((performance.now() < endsAt || counts.measured === 0) && counts.given < recordsMax) {
      const counter = counts.given;
      counts.given += batch;
      if (recordsPerSecond > 0) await sleep(Math.max(0, beganAt + (counter / recordsPerSecond) * 1000 - performance.now()));
      const sentAt = performance.now();
      while ((await sender.send(firstRecord + counter, Date.now())) === "put off") {
        counts.putOff += 1;
        await sleep(putOffMs);
      }
      const now = performance.now();
      counts.acknowledged += batch;
      if (sentAt < measureFrom) continue;
      counts.measured += batch;
      ackMs.push(now - sentAt);
      lastAckAt = now;
    }
  };
  await Promise.all(senders.map(run));
  return {
    acknowledged: counts.acknowledged,
    putOff: counts.putOff,
    measured: counts.measured,
    seconds: (lastAckAt - measureFrom) / 1000,
    ackMs: quantilesOf(ackMs),
    startedAtMs: performance.timeOrigin + measureFrom,
  };
}
