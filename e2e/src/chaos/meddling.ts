import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createTapioNodeClient, type TapioNodeClient } from "@tapio/client/node";
import type { Meddling, TuningPlan } from "./chaos-plan.ts";

/** What an operator has said of a destination; `unknown` from the call to its answer, which a kill may take away. */
type Said = "running" | "paused" | "unknown";

/** The destinations that an operator pauses and resumes, as far as anyone outside can know. */
export interface PauseLedger {
  /** Must begin no attempts, not even in another life. */
  paused(): readonly string[];
  say(destination: string, said: Said): void;
}

export function createPauseLedger(): PauseLedger {
  const byName = new Map<string, Said>();
  return {
    paused: () => [...byName].filter(([, said]) => said === "paused").map(([name]) => name),
    say: (destination, said) => void byName.set(destination, said),
  };
}

export interface OperatorOptions {
  readonly url: string;
  readonly meddling: readonly Meddling[];
  readonly pauses: PauseLedger;
  /** Path of the configuration, and how it reads with another tuning. */
  readonly config: string;
  readonly configWith: (tuning: TuningPlan) => string;
  /** Lets attempts of a paused destination through again, before it is resumed. */
  resuming(destination: string): void;
}

/** Carries out what the plan says, until it is stopped or the gateway is gone. */
export function startOperator(options: OperatorOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const working = (async () => {
    using client = createTapioNodeClient({ baseUrl: options.url });
    for (const step of options.meddling) {
      await sleep(step.afterMs, undefined, { signal });
      await meddle(client, step, options, signal);
    }
    // Calls fail because the gateway is killed or stops: what they may have done shows later.
  })().catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}

async function meddle(client: TapioNodeClient, step: Meddling, options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const { pauses } = options;
  switch (step.kind) {
    case "pause":
      // Paused already, it stays so whatever becomes of the call.
      if (!pauses.paused().includes(step.destination)) pauses.say(step.destination, "unknown");
      await client.admin.pauseDestination(step.destination, { signal });
      return pauses.say(step.destination, "paused");
    case "resume":
      await resume(client, step.destination, options, signal);
      return;
    case "reload":
      writeFileSync(options.config, options.configWith(step.tuning));
      await client.admin.reloadConfig({ signal });
      return;
    case "replay":
      await client.admin.replayDeadLetters({ destination: step.destination }, { signal });
      return;
  }
}

/** Lets a destination go on. */
export async function resume(
  client: TapioNodeClient,
  destination: string,
  { pauses, resuming }: Pick<OperatorOptions, "pauses" | "resuming">,
  signal?: AbortSignal,
): Promise<void> {
  pauses.say(destination, "unknown");
  resuming(destination);
  await client.admin.resumeDestination(destination, signal === undefined ? {} : { signal });
  pauses.say(destination, "running");
}
