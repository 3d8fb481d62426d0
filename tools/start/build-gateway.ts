import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ended, forwardSignals } from "./child.ts";
import { isBuilt, sourceFingerprint } from "./fingerprint.ts";

/** Builds the gateway and its libs when a source is newer than the last build. Resolves to the build's exit code. */
export async function buildGatewayIfStale(root: string): Promise<number> {
  const cache = cacheFolder(root);
  const stampFile = join(cache, "gateway-built");
  const fingerprint = sourceFingerprint(root);
  if (isBuilt(root) && existsSync(gatewayMain(root)) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === fingerprint) return 0;
  const code = await build(root);
  if (code !== 0) return code;
  mkdirSync(cache, { recursive: true });
  writeFileSync(stampFile, fingerprint);
  return 0;
}

export function gatewayMain(root: string): string {
  return join(root, "apps", "gateway", "dist", "main.js");
}

/** For what may be thrown away at any time. */
export function cacheFolder(root: string): string {
  return join(root, "node_modules", ".cache", "tapio");
}

/** Builds quietly; what the build printed is shown when it fails. */
async function build(root: string): Promise<number> {
  const startedMs = Date.now();
  process.stderr.write("Building what is stale ...\n");
  const nx = join(root, "node_modules/nx/dist/bin/nx.js");
  const child = spawn(process.execPath, [nx, "run", "@tapio/gateway:build", "--output-style=static"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NX_DAEMON: "false" },
  });
  const stop = forwardSignals(child);
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await ended(child);
  stop();
  if (code === 0) process.stderr.write(`Built in ${((Date.now() - startedMs) / 1000).toFixed(1)} s.\n`);
  else process.stderr.write(`${Buffer.concat(output).toString("utf8")}\nThe build failed; what it said stands above.\n`);
  return code;
}
