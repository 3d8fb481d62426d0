import type { Worker } from "node:worker_threads";
import { JournalError } from "@tapio/journal";
import type { WorkerAnswer, WorkerCall } from "./worker-server.ts";

type Method = (...args: never[]) => unknown;
type Methods<Store> = { [Name in keyof Store as Store[Name] extends Method ? Name : never]: Extract<Store[Name], Method> };

/** The other threads' side of a store. */
export interface WorkerClient<Store> {
  /** Resolves when the store is open. */
  readonly opened: Promise<void>;
  /** Resolves, with the error of its calls, when the thread dies by itself. */
  readonly died: Promise<JournalError>;
  /** The buffers in `transfer` are handed over. Rejects with the store's JournalError, with `io` when the thread has died. */
  call<Name extends keyof Methods<Store> & string>(
    method: Name,
    args: Parameters<Methods<Store>[Name]>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<ReturnType<Methods<Store>[Name]>>;
  /** Ends the thread; calls that were not answered reject. */
  end(): Promise<void>;
}

interface Waiting {
  readonly id: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: JournalError) => void;
}

export type WorkerPort = Pick<Worker, "on" | "postMessage" | "terminate">;

export function createWorkerClient<Store>(name: string, worker: WorkerPort): WorkerClient<Store> {
  /** In the order of the calls, which is that of the answers. An array: a Map would leave old tables behind that hold on to what was answered. */
  const waiting: Waiting[] = [];
  let nextId = 0;
  let dead: JournalError | undefined;
  const death = Promise.withResolvers<JournalError>();

  const expect = () => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    waiting.push({ id: nextId++, resolve, reject });
    return promise;
  };
  const die = (why: string, cause?: unknown) => {
    dead ??= new JournalError("io", `the journal's ${name} ${why}; the journal must be opened again`, cause);
    for (const one of waiting.splice(0)) one.reject(dead);
    death.resolve(dead);
  };

  const opened = expect().then(() => undefined);
  worker.on("message", (answer: WorkerAnswer) => {
    const at = waiting.findIndex(({ id }) => id === answer.id);
    const one = at < 0 ? undefined : waiting.splice(at, 1)[0];
    if (!("error" in answer)) return one?.resolve(answer.reply);
    const { code, message, damaged } = answer.error;
    one?.reject(new JournalError(code, message, undefined, damaged));
  });
  worker.on("error", (error) => die("thread failed", error));
  worker.on("messageerror", (error) => die("thread sent what cannot be read", error));
  worker.on("exit", () => die("thread ended"));

  return {
    opened,
    died: death.promise,
    call(method, args, transfer = []) {
      if (dead) return Promise.reject(dead);
      const call: WorkerCall = { id: nextId, method, args };
      const reply = expect();
      worker.postMessage(call, transfer);
      return reply as Promise<ReturnType<Methods<Store>[typeof method]>>;
    },
    async end() {
      await worker.terminate();
      die("thread ended");
    },
  };
}
