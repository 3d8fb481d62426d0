import type { ChildMessage } from "../processes/child-message.ts";

/** Tells the process that started this one. */
export function tellParent(message: ChildMessage): void {
  if (process.send === undefined) throw new Error("this is a part of the benchmark: npm run bench");
  process.send(message);
}
