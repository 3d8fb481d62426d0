import { setTimeout as sleep } from "node:timers/promises";
import { spawnGatewayProcess, type GatewayExit, type SpawnedGateway } from "../gateway-process.ts";
import type { CyclePlan, Ending, RoundPlan, TuningPlan } from "./chaos-plan.ts";
import type { CounterWatch } from "./counter-watch.ts";
import type { Follower } from "./journal-reader.ts";
import { startOperator, type PauseLedger } from "./meddling.ts";
import { createRequestCount, moment } from "./moment.ts";
import { startProducers } from "./producers.ts";
import type { Receivers } from "./receivers.ts";
import type { SentLedger } from "./sent-ledger.ts";
import type { Violation } from "./violation.ts";

/** What outlives the gateway in one round. */
export interface RoundSurroundings {
  readonly round: RoundPlan;
  /** Path of the configuration, and how it reads with another tuning. */
  readonly config: string;
  readonly configWith: (tuning: TuningPlan) => string;
  readonly dataFolder: string;
  readonly ledger: SentLedger;
  readonly receivers: Receivers;
  readonly follower: Follower;
  readonly counters: CounterWatch;
  readonly pauses: PauseLedger;
  /** What a life has logged, when it is over. */
  keepLog(life: number, log: string): void;
}

export interface LifeReport {
  readonly killed: boolean;
  readonly violations: readonly Violation[];
}

/** Generous: an orderly stop has 20 s by default. A gateway that needs longer hangs. */
const boundMs = 40_000;

/** Starts the gateway, loads it, and ends its life as planned. */
export async function liveOnce(surroundings: RoundSurroundings, plan: CyclePlan): Promise<LifeReport> {
  const { config, keepLog, receivers } = surroundings;
  const { ending, number } = plan;
  receivers.behave(plan.faults, number);
  receivers.expectSilence(surroundings.pauses.paused());
  const gateway = spawnGatewayProcess({ config });
  try {
    if (ending.kind === "start") {
      await Promise.race([sleep(ending.afterMs), gateway.exited]);
      return await end(gateway, ending, number);
    }
    const url = await within(gateway.ready, "the gateway is ready");
    return await liveUnderLoad(surroundings, plan, gateway, url);
  } catch (reason) {
    return { killed: false, violations: [{ rule: "process", text: `life ${number}: ${String(reason)}` }] };
  } finally {
    gateway.kill("SIGKILL");
    await gateway.exited;
    keepLog(number, gateway.log());
  }
}

async function liveUnderLoad(surroundings: RoundSurroundings, plan: CyclePlan, gateway: SpawnedGateway, url: string): Promise<LifeReport> {
  const { counters, dataFolder, follower, ledger, receivers, round } = surroundings;
  const { ending, load, number } = plan;
  if (ending.kind === "start") throw new Error("such a life has no load");
  const requests = createRequestCount();
  const following = follower.follow(url);
  const watching = counters.follow(url);
  const { seed, number: roundNumber } = round;
  const onRequest = (n: number): void => requests.count(n);
  const operator = startOperator({ ...surroundings, url, meddling: plan.meddling, resuming: (name) => receivers.resuming(name) });
  const producers = startProducers({ url, seed, round: roundNumber, life: number, load, ledger, onRequest });
  try {
    await Promise.race([moment(ending, { dataFolder, requests, loadDone: producers.done }), gateway.exited]);
    return await end(gateway, ending, number);
  } finally {
    await Promise.all([producers.stop(), operator.stop(), following.stop(), watching.stop()]);
  }
}

async function end(gateway: SpawnedGateway, ending: Ending, life: number): Promise<LifeReport> {
  const early = await Promise.race([gateway.exited, Promise.resolve(undefined)]);
  if (early !== undefined) return ended(`life ${life}: the gateway ended by itself: ${describe(early)}\n${tail(gateway.log())}`);
  switch (ending.kind) {
    case "stop": {
      gateway.kill("SIGTERM");
      const exit = await within(gateway.exited, "the gateway stops after SIGTERM");
      if (exit.code !== 0) return ended(`life ${life}: after SIGTERM it ended with ${describe(exit)}\n${tail(gateway.log())}`);
      return { killed: false, violations: [] };
    }
    case "shutdown":
      gateway.kill("SIGTERM");
      await Promise.race([sleep(ending.killAfterMs), gateway.exited]);
      gateway.kill("SIGKILL");
      break;
    case "start":
    case "load":
    case "commit":
    case "write":
      gateway.kill("SIGKILL");
      break;
  }
  const { signal, code } = await gateway.exited;
  if (signal === "SIGKILL" || (ending.kind === "shutdown" && code === 0)) return { killed: signal === "SIGKILL", violations: [] };
  return ended(`life ${life}: the gateway ended by itself: ${describe({ signal, code })}\n${tail(gateway.log())}`);
}

function ended(text: string): LifeReport {
  return { killed: false, violations: [{ rule: "process", text }] };
}

function describe({ code, signal }: GatewayExit): string {
  return signal === null ? `code ${code}` : `signal ${signal}`;
}

function tail(log: string): string {
  return log.split("\n").slice(-10).join("\n");
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const stopping = new AbortController();
  const bound = sleep(boundMs, undefined, { signal: stopping.signal }).then(() => {
    throw new Error(`waited ${boundMs} ms in vain until ${what}`);
  });
  try {
    return await Promise.race([promise, bound]);
  } finally {
    stopping.abort();
    bound.catch(() => undefined);
  }
}
