import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";

/** Becomes this program where the system can do that, so that signals reach it and nothing stands between; else runs it as a child. */
export async function becomeNode(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (process.platform !== "win32" && process.execve !== undefined) {
    process.execve(process.execPath, [process.execPath, ...args], env);
  }
  const child = spawn(process.execPath, args, { stdio: "inherit", env });
  forwardSignals(child);
  process.exit(await ended(child));
}

/** Passes signals on until the answer is called. */
export function forwardSignals(child: ChildProcess): () => void {
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);
  return () => void process.off("SIGINT", forward).off("SIGTERM", forward);
}

/** The child's exit code, or 128 and its signal's number, as shells have it. */
export async function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
