import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ChildMessage } from "./child-message.ts";
import { createCounter, type Counter } from "./counter.ts";

/** A receiver in a process of its own. */
export interface Receiver extends Counter {
  readonly url: string;
  stop(): void;
}

export async function startReceiver(kind: "webhook" | "otlp", args: readonly string[]): Promise<Receiver> {
  const file = fileURLToPath(new URL(`../receivers/${kind}-receiver.ts`, import.meta.url));
  const child = fork(file, [...args], { execArgv: [] });
  const kill = (): void => void child.kill("SIGKILL");
  process.on("exit", kill);
  const counter = createCounter(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.on("message", (message: ChildMessage) => {
      if (message.kind === "ready") resolve(message.url);
    });
    child.once("exit", (code) => reject(new Error(`the ${kind} receiver ended with ${code}`)));
  });
  return {
    ...counter,
    url,
    stop() {
      process.off("exit", kill);
      child.disconnect();
    },
  };
}
