import { randomInt } from "node:crypto";
import { chaosArguments, chaosUsage, type ChaosArguments } from "./chaos-arguments.ts";
import { figures, runChaos } from "./run-chaos.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<0 | 1 | 2> {
  let asked: ChaosArguments;
  try {
    asked = chaosArguments(process.argv.slice(2), () => randomInt(1, 1_000_000));
  } catch (reason) {
    say(`${reason instanceof Error ? reason.message : String(reason)}\n\n${chaosUsage}`);
    return 2;
  }
  const { help, json, ...options } = asked;
  if (help) {
    process.stdout.write(chaosUsage);
    return 0;
  }
  say(`seed ${options.seed}`);
  const report = await runChaos({ ...options, say });
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  const isBroken = report.violations.length > 0;
  say(`${isBroken ? "BROKEN" : "kept"}, seed ${report.seed}: ${figures(report)}`);
  return isBroken ? 1 : 0;
}

process.exitCode = await main();
