import { parseArgs } from "node:util";
import type { ChaosOptions } from "./run-chaos.ts";

export interface ChaosArguments extends Omit<ChaosOptions, "say"> {
  readonly json: boolean;
  readonly help: boolean;
}

export const chaosUsage = `Usage: npm run chaos -- [--cycles N | --restarts N] [--seed N] [--round N] [--json]

Kills the gateway with SIGKILL at random moments, under load and with receivers that fail, and checks that it keeps its promises.

  --cycles N     how many lives the gateway has (default: 25)
  --restarts N   instead: so many orderly restarts by SIGTERM under load, after which nothing may be lost or sent twice
  --seed N       the schedule: kill points, load and faults (default: a new one, which is shown)
  --round N      only this round of the schedule; a round is what one data folder lives through
  --keep         keep what every round leaves behind, not only the broken ones
  --json         the report as JSON on standard output

Exit codes: 0 every promise was kept, 1 one was broken, 2 wrong usage. What a broken round left behind is kept, and shown with the command that repeats it.
`;

/** @throws Error with what is wrong with the arguments. */
export function chaosArguments(args: readonly string[], randomSeed: () => number): ChaosArguments {
  const number = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      cycles: number,
      restarts: number,
      seed: number,
      round: number,
      keep: { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.cycles !== undefined && values.restarts !== undefined) throw new Error("--cycles and --restarts exclude each other");
  const round = values.round === undefined ? {} : { round: wholeNumber("--round", values.round) };
  return {
    seed: values.seed === undefined ? randomSeed() : wholeNumber("--seed", values.seed),
    cycles: wholeNumber(values.restarts === undefined ? "--cycles" : "--restarts", values.restarts ?? values.cycles ?? "25"),
    orderly: values.restarts !== undefined,
    ...round,
    keep: values.keep ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a whole number from 1, not ${JSON.stringify(text)}`);
  return value;
}
