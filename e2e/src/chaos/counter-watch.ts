import { setTimeout as sleep } from "node:timers/promises";
import { scrape, type GatewayFigures } from "./gateway-figures.ts";
import type { Violation } from "./violation.ts";

/** Scrapes as Prometheus would, only more often, through all lives of a round. */
export interface CounterWatch {
  readonly violations: readonly Violation[];
  look(figures: GatewayFigures): void;
  follow(url: string): { stop(): Promise<void> };
}

const everyMs = 100;

export function createCounterWatch(): CounterWatch {
  const highest = new Map<string, number>();
  const violations: Violation[] = [];
  let isShown = false;
  const look = ({ counters }: GatewayFigures): void => {
    // A life shows nothing until the destination runs, which it does not while it is paused; a scraper makes a gap of it. Then all must be there.
    isShown ||= counters.size > 0;
    if (!isShown) return;
    for (const [series, before] of highest) {
      const now = counters.get(series) ?? 0;
      if (now < before) violations.push({ rule: "counters", text: `${series} ran back from ${before} to ${now}` });
    }
    for (const [series, value] of counters) highest.set(series, value);
  };
  return {
    violations,
    look,
    follow(url) {
      isShown = false;
      const stopping = new AbortController();
      const watching = (async () => {
        while (!stopping.signal.aborted) {
          look(await scrape(url));
          await sleep(everyMs, undefined, { signal: stopping.signal });
        }
      })().catch(() => undefined);
      return {
        async stop() {
          stopping.abort();
          await watching;
        },
      };
    },
  };
}
