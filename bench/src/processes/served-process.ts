import { spawn, type ChildProcess } from "node:child_process";
import { createCounter, type Counter } from "./counter.ts";
import { processUsage, type ProcessUsage } from "./process-usage.ts";

/** A server in a process of its own: the gateway, or a bare loop. */
export interface ServedProcess {
  readonly url: string;
  /** From the start of the process until it said that it is ready. */
  readonly readyMs: number;
  /** For a server that counts what it takes. */
  readonly counter: Counter;
  usage(): ProcessUsage;
  /** Asks it to end, and resolves when it did. */
  stop(): Promise<void>;
}

const alive = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** How long a server may take to come up or to end. */
const patienceMs = 120_000;

/** Starts Node with `args`; the server says `ready on <url>` on its standard output. */
export async function startServed(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ServedProcess> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  alive.add(child);
  let output = "";
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once("exit", (code, signal) => {
      alive.delete(child);
      resolve(code ?? signal);
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${patienceMs} ms: ${output}`)), patienceMs);
    void exited.then((code) => reject(new Error(`ended with ${code} instead of serving: ${output}`)));
    const look = (text: string): void => {
      output = (output + text).slice(-4096);
      const found = /ready on (http\S+)/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout?.setEncoding("utf8").on("data", look);
    child.stderr?.setEncoding("utf8").on("data", look);
  });
  return {
    url,
    readyMs: performance.now() - startedAt,
    counter: createCounter(child),
    usage: () => processUsage(child.pid ?? 0),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      const code = await exited;
      clearTimeout(timer);
      if (code !== 0) throw new Error(`a server did not end in order (${code}): ${output}`);
    },
  };
}
