import { watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ending } from "./chaos-plan.ts";

/** The producers' requests, counted, for those that wait for the n-th. */
export interface RequestCount {
  count(n: number): void;
  reached(n: number): Promise<void>;
}

export function createRequestCount(): RequestCount {
  let reached = 0;
  const waiting: { readonly n: number; readonly resolve: () => void }[] = [];
  return {
    count(n) {
      reached = Math.max(reached, n);
      for (const waiter of waiting) if (waiter.n <= reached) waiter.resolve();
    },
    reached: (n) => (n <= reached ? Promise.resolve() : new Promise((resolve) => void waiting.push({ n, resolve }))),
  };
}

export interface MomentOptions {
  readonly dataFolder: string;
  readonly requests: RequestCount;
  /** Resolves when there is no load any more: then the moment has come, whatever it was. */
  readonly loadDone: Promise<void>;
}

/** Waits for the moment under load at which the gateway's life ends. */
export async function moment(ending: Exclude<Ending, { kind: "start" }>, options: MomentOptions): Promise<void> {
  switch (ending.kind) {
    case "load":
    case "shutdown":
    case "stop":
      return sleep(ending.afterMs);
    case "commit":
      await Promise.race([options.requests.reached(ending.request), options.loadDone]);
      // A timer of 0 ms takes one: the batch that was just sent would often be answered.
      if (ending.afterMs > 0) await sleep(ending.afterMs);
      return;
    case "write":
      return writesOf(options.dataFolder, ending.writes, options.loadDone);
  }
}

async function writesOf(folder: string, writes: number, loadDone: Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const counted = new Promise<void>((resolve) => {
    let left = writes;
    watch(folder, { signal: stopping.signal }, () => {
      left -= 1;
      if (left <= 0) resolve();
    });
  });
  await Promise.race([counted, loadDone]);
  stopping.abort();
}
