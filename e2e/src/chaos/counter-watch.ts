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
  const look = ({ counters }: GatewayFigures): void => {
    for (const [series, before] of highest) {
      // A gateway that says that it is ready shows all that it ever showed.
      const now = counters.get(series) ?? 0;
      if (now < before) violations.push({ rule: "counters", text: `${series} ran back from ${before} to ${now}` });
    }
    for (const [series, value] of counters) highest.set(series, value);
  };
  return {
    violations,
    look,
    follow(url) {
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
