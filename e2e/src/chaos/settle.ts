import { setTimeout as sleep } from "node:timers/promises";
import { createTapioNodeClient } from "@tapio/client/node";
import { startGatewayProcess } from "../gateway-process.ts";
import { receiverNames } from "./chaos-plan.ts";
import { expectedDestinations } from "./destinations.ts";
import { scrape, type GatewayFigures } from "./gateway-figures.ts";
import type { RoundSurroundings } from "./gateway-life.ts";
import { readJournal } from "./journal-reader.ts";
import { resume } from "./meddling.ts";
import { readOperatorView } from "./operator-view.ts";
import type { RoundFacts } from "./oracle.ts";
import { startProducers } from "./producers.ts";
import { calm } from "./receivers.ts";
import type { Violation } from "./violation.ts";

/** How long everything may take to settle once the receivers are well. It ends a gateway that hangs, it measures nothing. */
const boundMs = 90_000;
/** Read again after this, what says that all is settled must still say so. */
const confirmMs = 150;

export interface Settled {
  /** Absent: it did not settle, and there is nothing to judge. */
  readonly facts?: RoundFacts;
  readonly violations: readonly Violation[];
}

/** One more life, in which the receivers are well: sends again what has no answer, lets everything settle, and collects what is known. */
export async function settle(surroundings: RoundSurroundings, life: number): Promise<Settled> {
  const { config, counters, follower, keepLog, ledger, receivers, round } = surroundings;
  receivers.behave(calm, life);
  receivers.expectSilence(surroundings.pauses.paused());
  const gateway = await startGatewayProcess({ config });
  try {
    const { url } = gateway;
    const following = follower.follow(url);
    const load = { publishers: 2, batchRecordsMax: 20, posters: 2, paddingBytes: 0, recordsMax: 100 };
    await startProducers({ url, seed: round.seed, round: round.number, life, load, ledger }).done;
    await resumeAll(url, surroundings);
    const journal = await readJournal(url);
    const figures = await untilSettled(url, journal.length);
    if (figures === undefined) {
      const text = `it did not settle within ${boundMs} ms: ${await whatIsLeft(url)}`;
      return { violations: [{ rule: "process", text }] };
    }
    counters.look(figures);
    const operator = await readOperatorView(
      url,
      journal.map(({ id }) => id),
    );
    for (let waits = 0; follower.seen.length < journal.length && waits < 100; waits += 1) await sleep(50);
    await following.stop();
    gateway.kill("SIGTERM");
    const { code } = await gateway.exited;
    const { any, keyed, picky, traces } = receivers.byName;
    const delivered = { any: any.log.notes(), keyed: keyed.log.notes(), picky: picky.log.notes(), traces: traces.log.notes() };
    const { counted, dead } = figures;
    const { dataByFingerprint } = receivers;
    return {
      facts: {
        sent: ledger.records,
        journal,
        followed: follower.seen,
        destinations: expectedDestinations,
        delivered,
        dataByFingerprint,
        dead,
        operator,
        counted,
      },
      violations: code === 0 ? [] : [{ rule: "process", text: `after SIGTERM it ended with code ${code}` }],
    };
  } finally {
    gateway.kill("SIGKILL");
    await gateway.exited;
    keepLog(life, gateway.log());
  }
}

async function whatIsLeft(url: string): Promise<string> {
  using client = createTapioNodeClient({ baseUrl: url, timeoutMs: boundMs });
  const left = (await client.admin.listDestinations()).map(
    ({ name, reason, lagRecords, waiting, parked, inFlight, breaker }) =>
      `${name} lag ${lagRecords}, waiting ${waiting}, parked ${parked}, in flight ${inFlight}, breaker ${breaker} ${reason}`,
  );
  return left.join("; ");
}

async function resumeAll(url: string, { pauses, receivers }: RoundSurroundings): Promise<void> {
  using client = createTapioNodeClient({ baseUrl: url, timeoutMs: boundMs });
  for (const name of [...receiverNames, "metrics"]) await resume(client, name, { pauses, resuming: (named) => receivers.resuming(named) });
}

/** Everything is settled when the gateway says so, and says so again, with every record of the journal counted. */
async function untilSettled(url: string, records: number): Promise<GatewayFigures | undefined> {
  const endsAtMs = Date.now() + boundMs;
  const isSettled = ({ unsettled, counted }: GatewayFigures): boolean =>
    unsettled === 0 && [...counted.values()].reduce((sum, count) => sum + count, 0) >= records;
  while (Date.now() < endsAtMs) {
    if (isSettled(await scrape(url))) {
      await sleep(confirmMs);
      const figures = await scrape(url);
      if (isSettled(figures)) return figures;
    }
    await sleep(confirmMs);
  }
  return undefined;
}
