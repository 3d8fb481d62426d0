import type { MessagePort } from "node:worker_threads";
import type { WireError } from "./messages.ts";
import { toJournalError } from "./sqlite-error.ts";

export interface WorkerCall {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** `id` 0 answers the start. */
export type WorkerAnswer = { readonly id: number; readonly reply: unknown } | { readonly id: number; readonly error: WireError };

/** The thread's side: makes the store and answers calls of its methods, one after the other. A store's `afterAnswer` is called once an answer is on its way. */
export function serveWorker(port: Pick<MessagePort, "on" | "postMessage">, open: () => object): void {
  const answer = (id: number, work: () => unknown) => {
    let reply: unknown;
    try {
      reply = work();
    } catch (error) {
      const { code, message, damaged } = toJournalError("the journal's thread", error);
      port.postMessage({ id, error: { code, message, damaged } } satisfies WorkerAnswer);
      return;
    }
    port.postMessage({ id, reply } satisfies WorkerAnswer, wholeBuffers(reply));
  };

  let store: object = {};
  answer(0, () => {
    store = open();
  });
  port.on("message", ({ id, method, args }: WorkerCall) => {
    answer(id, () => {
      const found: unknown = Reflect.get(store, method);
      if (typeof found !== "function") throw new TypeError(`there is no ${method}`);
      return Reflect.apply(found, store, args);
    });
    const after: unknown = Reflect.get(store, "afterAnswer");
    if (typeof after === "function") Reflect.apply(after, store, []);
  });
}

/** The buffers that fields of the reply, or of objects in it, span from end to end: these are handed over, everything else is copied. */
export function wholeBuffers(reply: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== "object" || value === null) return;
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength) buffers.add(value.buffer);
    } else if (depth > 0) {
      for (const part of Object.values(value)) look(part, depth - 1);
    }
  };
  look(reply, 2);
  return [...buffers];
}
