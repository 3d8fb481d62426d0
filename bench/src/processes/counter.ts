import type { ChildProcess } from "node:child_process";
import type { TallyReport } from "../receivers/tally.ts";
import type { ChildMessage, ParentMessage } from "./child-message.ts";

/** The parent's side of a process that counts what arrives. */
export interface Counter {
  begin(prefix: string): void;
  /** Resolves when so many have arrived, or when nothing has for a while: then something is lost, or held up for good. */
  arrival(records: number): Promise<void>;
  reports(): Promise<readonly TallyReport[]>;
}

const patienceMs = 15_000;

export function createCounter(child: ChildProcess): Counter {
  let arrived = 0;
  let arrivedAt = 0;
  child.on("message", (message: ChildMessage) => {
    if (message.kind !== "arrived") return;
    arrived = message.records;
    arrivedAt = performance.now();
  });
  const tell = (message: ParentMessage): void => void child.send(message);
  return {
    begin(prefix) {
      arrived = 0;
      tell({ kind: "begin", prefix });
    },
    async arrival(records) {
      arrivedAt = performance.now();
      while (arrived < records && performance.now() - arrivedAt < patienceMs) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    reports() {
      return new Promise((resolve, reject) => {
        const listen = (message: ChildMessage): void => {
          if (message.kind !== "received") return;
          child.off("message", listen);
          resolve(message.reports);
        };
        child.on("message", listen);
        child.once("exit", () => reject(new Error("a receiver ended before it said what it had received")));
        tell({ kind: "end" });
      });
    },
  };
}
