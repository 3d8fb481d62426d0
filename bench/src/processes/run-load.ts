import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadOptions, LoadReport } from "../load/load-options.ts";
import type { ChildMessage } from "./child-message.ts";

export type LoadKind = "publish" | "occurrences";

/** Runs a load generator in a process of its own to its end. */
export async function runLoad(kind: LoadKind, options: LoadOptions): Promise<LoadReport> {
  const file = fileURLToPath(new URL(`../load/${kind}-load.ts`, import.meta.url));
  const child = fork(file, [JSON.stringify(options)], { execArgv: [] });
  const kill = (): void => void child.kill("SIGKILL");
  process.on("exit", kill);
  try {
    return await new Promise<LoadReport>((resolve, reject) => {
      child.on("message", (message: ChildMessage) => {
        if (message.kind === "report") resolve(message.report);
        if (message.kind === "failed") reject(new Error(`the load generator failed: ${message.message}`));
      });
      child.once("exit", (code) => reject(new Error(`the load generator ended with ${code}`)));
    });
  } finally {
    process.off("exit", kill);
  }
}
