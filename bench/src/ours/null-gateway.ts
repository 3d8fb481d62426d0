import { keepNewObjectsYoung, readConfig, startGateway, systemClock } from "@tapio/gateway";
import { countForParent } from "../receivers/count-for-parent.ts";
import { nullDestination } from "./null-destination.ts";

// The gateway as it ships, with one more destination than its configuration names, which no configuration can: the null destination.

keepNewObjectsYoung();
const [config = "", name = "null", start = "head", prefix = ""] = process.argv.slice(2);
const reading = readConfig(config, {});
if (!reading.ok) throw new Error(reading.failure);
// What starts at the beginning has begun before the parent could say what is to be counted.
const count = countForParent(["null"], prefix);
const silent = (): void => undefined;
const complain = (fields: object, message: string): void => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const gateway = await startGateway({
  config: reading.config,
  logger: { debug: silent, info: silent, warn: complain, error: complain },
  clock: systemClock,
  withProcessMetrics: true,
  readConfig: () => reading,
  extraDestinations: [nullDestination(name, { at: start === "beginning" ? "beginning" : "head" }, (id, nowMs) => count("null", id, nowMs))],
});
process.stdout.write(`ready on http://127.0.0.1:${gateway.addresses[0]?.port}\n`);
process.once("SIGTERM", () => void gateway.stop().then(() => process.exit(0)));
