// `npm start`: builds the gateway when a source is newer than its last build, then becomes the gateway.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { isBuilt, sourceFingerprint } from "./fingerprint.ts";

const root = dirname(dirname(import.meta.dirname));
const cache = join(root, "node_modules", ".cache", "tapio");
const stampFile = join(cache, "gateway-built");
const gateway = join(root, "apps", "gateway", "dist", "main.js");

async function main(): Promise<void> {
  const fingerprint = sourceFingerprint(root);
  if (!isBuilt(root) || !existsSync(gateway) || !existsSync(stampFile) || readFileSync(stampFile, "utf8") !== fingerprint) {
    const code = await build();
    if (code !== 0) process.exit(code);
    mkdirSync(cache, { recursive: true });
    writeFileSync(stampFile, fingerprint);
  }
  await serve([gateway, ...process.argv.slice(2)], { ...process.env, NODE_COMPILE_CACHE: join(cache, "compile") });
}

/** Builds quietly; what the build printed is shown when it fails. */
async function build(): Promise<number> {
  const startedMs = Date.now();
  process.stderr.write("Building what is stale ...\n");
  const child = spawn(
    process.execPath,
    [join(root, "node_modules/nx/dist/bin/nx.js"), "run", "@tapio/gateway:build", "--output-style=static"],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NX_DAEMON: "false" },
    },
  );
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

/** Becomes the gateway where the system can do that, so that signals reach it and nothing stands between; else runs it as a child. */
async function serve(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (process.platform !== "win32" && process.execve !== undefined) {
    process.execve(process.execPath, [process.execPath, ...args], env);
  }
  const child = spawn(process.execPath, args, { stdio: "inherit", env });
  forwardSignals(child);
  process.exit(await ended(child));
}

function forwardSignals(child: ReturnType<typeof spawn>): () => void {
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);
  return () => void process.off("SIGINT", forward).off("SIGTERM", forward);
}

/** The child's exit code, or 128 and its signal's number, as shells have it. */
async function ended(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

await main();
