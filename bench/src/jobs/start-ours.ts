import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServed, type ServedProcess } from "../processes/served-process.ts";
import type { JobContext } from "./job.ts";

const main = fileURLToPath(new URL("../../../apps/gateway/dist/main.js", import.meta.url));

/** The journal's folder of a run. */
export function journalFolder(folder: string): string {
  return join(folder, "journal");
}

/** The gateway as `npm start` runs it, from `dist`, on a free port, with the journal in `folder` and these destinations (YAML, a list). */
export async function startGateway(folder: string, destinations: string, { profileFolder }: JobContext): Promise<ServedProcess> {
  return startServed([...profiling(profileFolder), main, "--config", writeConfig(folder, destinations)], {
    TAPIO_LISTEN: "",
    TAPIO_DATA: "",
  });
}

/** The same with one more destination, which takes everything at once and counts it. */
export async function startNullGateway(
  folder: string,
  destination: { readonly name: string; readonly start: "head" | "beginning"; readonly prefix?: string },
  { profileFolder }: JobContext,
): Promise<ServedProcess> {
  const file = fileURLToPath(new URL("../ours/null-gateway.ts", import.meta.url));
  return startServed([
    ...profiling(profileFolder),
    file,
    writeConfig(folder, "[]"),
    destination.name,
    destination.start,
    destination.prefix ?? "",
  ]);
}

function profiling(folder: string | undefined): string[] {
  return folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
}

function writeConfig(folder: string, destinations: string): string {
  const config = join(folder, "tapio.yaml");
  writeFileSync(
    config,
    `journal: { sqlite: { path: ${JSON.stringify(journalFolder(folder))} } }
server: { listeners: [{ address: "127.0.0.1:0" }] }
log: { level: WARN }
destinations: ${destinations}
`,
  );
  return config;
}

/** One of the bare loops, by its file's name, with its file of packed rows in `folder`. */
export async function startBare(name: string, folder: string, ...args: readonly string[]): Promise<ServedProcess> {
  const file = fileURLToPath(new URL(`../bare/${name}.ts`, import.meta.url));
  return startServed([file, packedFile(folder), ...args]);
}

export function packedFile(folder: string): string {
  return join(folder, "packed.db");
}
