import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { SpawnedGateway } from "./gateway-process.ts";
import { until } from "./until.ts";

/** One system call of `strace -f -ttt`, where it ended. */
export interface SystemCall {
  readonly atSeconds: number;
  readonly text: string;
}

/** Arguments before a program's own: strace is the grandchild (-D), so that signals go to the program. */
export function straceWrapper(traceFile: string, ...options: readonly string[]): readonly string[] {
  return ["strace", "-D", "-f", "-ttt", "-yy", "-o", traceFile, ...options];
}

/** The calls of a trace that is whole: its process has ended. */
export async function tracedCalls(traceFile: string, pid: number): Promise<readonly SystemCall[]> {
  const isWhole = (): boolean => new RegExp(`^${pid} .*\\+\\+\\+ exited with`, "m").test(readFileSync(traceFile, "latin1"));
  await until(isWhole, "the trace is whole");
  return readFileSync(traceFile, "latin1")
    .split("\n")
    .flatMap((line) => {
      const match = /^\d+ +(\d+\.\d+) (.*)$/.exec(line);
      return match?.[1] === undefined || match[2] === undefined ? [] : [{ atSeconds: Number(match[1]), text: match[2] }];
    });
}

/** A sync of this file that has returned: whole on one line, or resumed after other threads' calls. */
export function isFinishedSync(text: string, file: string): boolean {
  const whole = new RegExp(`^f(data)?sync\\(.*${file}>\\)\\s+= 0`).test(text);
  return (whole || /^<\.\.\. f(data)?sync resumed>.*= 0/.test(text)) && !text.includes("unfinished");
}

/** Faults that strace injects into a process that is running already, until it is disposed of. */
export interface InjectedFaults {
  /** Lets the system work again. */
  end(): Promise<void>;
}

/**
 * E.g. `injectFaults(gateway, "fsync,fdatasync:error=EIO")`; the syntax is that of `strace -e inject=`. Resolves when strace has hold of every thread.
 */
export async function injectFaults({ pid }: Pick<SpawnedGateway, "pid">, expression: string): Promise<InjectedFaults> {
  const [calls = ""] = expression.split(":");
  const child = spawn("strace", ["-f", "-p", String(pid), "-e", `trace=${calls}`, "-e", `inject=${expression}`, "-o", "/dev/null"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  await until(() => said.includes("attached") || child.exitCode !== null, "strace is attached");
  if (child.exitCode !== null) throw new Error(`strace cannot attach: ${said}`);
  return {
    async end() {
      child.kill("SIGINT");
      await exited;
    },
  };
}
