import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createScratch } from "../scratch.ts";
import { receiverNames, type CyclePlan, type RoundPlan, type TuningPlan } from "./chaos-plan.ts";
import { checkFolder } from "./check-folder.ts";
import { createCounterWatch } from "./counter-watch.ts";
import { chaosConfig } from "./destinations.ts";
import { liveOnce, type LifeReport, type RoundSurroundings } from "./gateway-life.ts";
import { createFollower } from "./journal-reader.ts";
import { createPauseLedger } from "./meddling.ts";
import { judge, type RoundFacts } from "./oracle.ts";
import { createReceivers } from "./receivers.ts";
import { createSentLedger } from "./sent-ledger.ts";
import { settle, type Settled } from "./settle.ts";
import type { Violation } from "./violation.ts";

export interface RoundReport {
  readonly round: number;
  readonly cycles: number;
  readonly kills: number;
  readonly sent: number;
  readonly acknowledged: number;
  /** Deliveries that a receiver took, without repetitions. */
  readonly delivered: number;
  /** Deliveries that a receiver took again. */
  readonly repeated: number;
  readonly dead: number;
  readonly violations: readonly Violation[];
  /** The data folder, the configuration and the logs, where they are kept: when a promise was broken. */
  readonly folder?: string;
}

export interface RoundOptions {
  /** Keep the data folder, the configuration and the logs although all went well. */
  readonly keep?: boolean;
  /** Told when a cycle is over. */
  onCycle?(cycle: CyclePlan, report: LifeReport, acknowledged: number): void;
}

/** One data folder's lives, and the oracle's judgement. */
export async function runRound(round: RoundPlan, options: RoundOptions = {}): Promise<RoundReport> {
  const scratch = createScratch();
  await using receivers = await createReceivers(round.seed, round.orderly);
  const { any, keyed, picky, traces } = receivers.byName;
  const urls = { any: any.url, keyed: keyed.url, picky: picky.url, traces: traces.url };
  const dataFolder = join(scratch.path, "data");
  const configWith = (tuning: TuningPlan): string => chaosConfig({ dataFolder, urls, tuning, timeoutMs: round.orderly ? 20_000 : 1_000 });
  const logs: string[] = [];
  const surroundings: RoundSurroundings = {
    round,
    config: scratch.write("tapio.yaml", configWith(round.tuning)),
    configWith,
    dataFolder,
    receivers,
    ledger: createSentLedger(),
    follower: createFollower(),
    counters: createCounterWatch(),
    pauses: createPauseLedger(),
    keepLog: (life, log) => void logs.push(`--- life ${life}\n${log}`),
  };
  let kills = 0;
  const violations: Violation[] = [];
  for (const cycle of round.cycles) {
    const report = await liveOnce(surroundings, cycle);
    if (report.killed) kills += 1;
    violations.push(...report.violations);
    options.onCycle?.(cycle, report, acknowledgedCount(surroundings));
  }
  // Before the first acknowledgement there may be no journal yet.
  if (acknowledgedCount(surroundings) > 0) violations.push(...(await checkFolder(dataFolder, "after the last kill")));
  const settled = await settle(surroundings, (round.cycles.at(-1)?.number ?? 0) + 1).catch(couldNotSettle);
  violations.push(...settled.violations, ...surroundings.ledger.violations, ...surroundings.counters.violations);
  for (const name of receiverNames) violations.push(...receivers.byName[name].log.violations);
  if (settled.facts !== undefined) {
    violations.push(...judge(settled.facts), ...(await checkFolder(dataFolder, "at the end", settled.facts.journal.length)));
  }
  const keep = violations.length > 0 || options.keep === true;
  if (keep) {
    writeFileSync(join(scratch.path, "gateway.log"), logs.join("\n"));
    writeFileSync(join(scratch.path, "violations.json"), JSON.stringify(violations, undefined, 2));
  } else scratch[Symbol.dispose]();
  return {
    round: round.number,
    cycles: round.cycles.length,
    kills,
    sent: surroundings.ledger.records.size,
    acknowledged: acknowledgedCount(surroundings),
    ...figuresOf(settled.facts),
    violations,
    ...(keep ? { folder: scratch.path } : {}),
  };
}

/** It did not start, or did not answer. */
function couldNotSettle(reason: unknown): Settled {
  return {
    violations: [
      { rule: "process", text: `the last life: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}` },
    ],
  };
}

function acknowledgedCount({ ledger }: RoundSurroundings): number {
  return [...ledger.records.values()].filter(({ acknowledged }) => acknowledged).length;
}

function figuresOf(facts: RoundFacts | undefined): Pick<RoundReport, "delivered" | "repeated" | "dead"> {
  if (facts === undefined) return { delivered: 0, repeated: 0, dead: 0 };
  const notes = receiverNames.flatMap((name) => [...facts.delivered[name].values()]).filter(({ accepted }) => accepted > 0);
  return {
    delivered: notes.length,
    repeated: notes.reduce((sum, { accepted }) => sum + accepted - 1, 0),
    dead: receiverNames.reduce((sum, name) => sum + facts.dead[name], 0),
  };
}
