import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { JobContext } from "./job.ts";
import { medianOf, type Measured } from "./measured.ts";

/** One run in a folder of its own. */
export type Run = (folder: string) => Promise<Measured>;

/** Runs both in turn, so that what else the machine does meets both alike, and gives the medians. */
export async function versus(
  context: JobContext,
  name: string,
  runs: { readonly ours: Run; readonly bare?: Run },
): Promise<{ readonly ours: Measured; readonly bare: Measured | undefined }> {
  const ours: Measured[] = [];
  const bare: Measured[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    const where = `${name}, round ${round} of ${context.rounds}`;
    if (runs.bare !== undefined) bare.push(await runIn(context, `${where}: the bare loop`, runs.bare));
    ours.push(await runIn(context, `${where}: the gateway`, runs.ours));
  }
  return { ours: medianOf(ours), bare: runs.bare === undefined ? undefined : medianOf(bare) };
}

/** One run in a folder that is gone afterwards. */
async function runIn(context: JobContext, what: string, run: Run): Promise<Measured> {
  const folder = mkdtempSync(join(context.folder, "tapio-bench-"));
  try {
    const measured = await run(folder);
    context.progress(`${what}: ${Math.round(measured.perSecond).toLocaleString("en")} per second`);
    return measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
