import { spawn } from "node:child_process";
import { dirname, join } from "node:path";

export const workspaceRoot = dirname(dirname(import.meta.dirname));

export interface ProgramResult {
  readonly code: number;
  /** What it wrote, stdout and stderr as they came. */
  readonly output: string;
}

/**
 * Runs a program of `node_modules/.bin` (or of the system) at the workspace's root.
 * @param show `true` to pass its output through while it runs as well
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  show = false,
  env: NodeJS.ProcessEnv = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const bin = join(workspaceRoot, "node_modules", ".bin");
    const path = `${bin}${process.platform === "win32" ? ";" : ":"}${process.env["PATH"] ?? ""}`;
    const child = spawn(command, args, {
      cwd: workspaceRoot,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: path, ...env },
    });
    let output = "";
    const take = (to: NodeJS.WriteStream) => (chunk: string) => {
      output += chunk;
      if (show) to.write(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", take(process.stdout));
    child.stderr.setEncoding("utf8").on("data", take(process.stderr));
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on("SIGINT", forward).on("SIGTERM", forward);
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      resolve({ code: code ?? 1, output });
    });
  });
}
