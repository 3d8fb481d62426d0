import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface GatewayProcessOptions {
  /** Path of the configuration. */
  readonly config: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments before the gateway's own, e.g. of strace. */
  readonly wrapper?: readonly string[];
}

export interface GatewayExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A gateway in a process of its own, as it is shipped: from `dist`. It may not be ready yet. */
export interface SpawnedGateway {
  readonly pid: number;
  /** Resolves to its URL when it says that it is ready; rejects with `GatewayStartFailure` when it ends before. */
  readonly ready: Promise<string>;
  readonly exited: Promise<GatewayExit>;
  kill(signal: NodeJS.Signals): void;
  /** What it has written to standard error so far: its log. */
  log(): string;
}

/** A gateway that is ready. */
export interface GatewayProcess extends Omit<SpawnedGateway, "ready"> {
  /** E.g. `http://127.0.0.1:40123`. */
  readonly url: string;
}

/** It did not come up; the message holds what it said. */
export class GatewayStartFailure extends Error {
  override readonly name = "GatewayStartFailure";
  readonly exitCode: number | null;

  constructor(exitCode: number | null, output: string) {
    super(output);
    this.exitCode = exitCode;
  }
}

const main = fileURLToPath(new URL("../../apps/gateway/dist/main.js", import.meta.url));

/** Starts a gateway and does not wait for it. */
export function spawnGatewayProcess(options: GatewayProcessOptions): SpawnedGateway {
  if (!existsSync(main)) throw new Error("the gateway is not built: nx run @tapio/gateway:build");
  const [command = process.execPath, ...args] = [...(options.wrapper ?? []), process.execPath, main, "--config", options.config];
  const child = spawn(command, args, {
    env: { ...process.env, TAPIO_LISTEN: "", TAPIO_DATA: "", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
  const exited = new Promise<GatewayExit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const ready = readyUrl(child, () => log);
  // Who kills it while it starts does not wait for it to be ready.
  ready.catch(() => undefined);
  return { pid: child.pid ?? 0, ready, kill: (signal) => void child.kill(signal), exited, log: () => log };
}

/** Starts a gateway and resolves when it says that it is ready. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const { ready, ...gateway } = spawnGatewayProcess(options);
  return { ...gateway, url: await ready };
}

function readyUrl(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.once("error", reject);
    child.once("close", (code) => reject(new GatewayStartFailure(code, output + log())));
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const url = /ready on (\S+)/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}
