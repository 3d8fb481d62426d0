import { formatTable, isComplete } from "./table.ts";
import { runDemo } from "./run-demo.ts";

const asJson = process.argv.includes("--json");
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const arrivals = await runDemo({ say, boundMs: 30_000 });
process.stdout.write(asJson ? `${JSON.stringify(arrivals)}\n` : `\n${formatTable(arrivals)}\n`);
const complete = isComplete(arrivals);
say(complete ? `\nEvery record arrived everywhere (${arrivals.length} records).` : "\nSomething is missing, see the table.");
process.exitCode = complete ? 0 : 1;
