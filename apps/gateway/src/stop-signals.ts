/** What a signal to stop asks for: an orderly stop, a quicker one, or the end at once. */
export type StopRequest = "stop" | "hurry" | "exit";

/** Ctrl-C reaches the gateway twice when npm runs it: from the terminal and from npm. */
const sameSignalMs = 1_000;

/** Tells signals that mean more from those that repeat: each that comes at least a second after the one before asks for more. */
export function createStopCounter(nowMs: () => number): () => StopRequest | undefined {
  const requests: readonly StopRequest[] = ["stop", "hurry", "exit"];
  let next = 0;
  let lastAtMs = -Infinity;
  return () => {
    const atMs = nowMs();
    if (atMs - lastAtMs < sameSignalMs) return undefined;
    lastAtMs = atMs;
    return requests[Math.min(next++, requests.length - 1)];
  };
}

export interface StopSignals extends Disposable {
  /** Resolves at the first SIGTERM or SIGINT. */
  readonly stop: Promise<NodeJS.Signals>;
  /** Aborts at that. */
  readonly stopping: AbortSignal;
  /** Aborts at the second. */
  readonly hurry: AbortSignal;
}

/** Listens to this process's signals to stop; the third ends it at once. */
export function listenToStopSignals(): StopSignals {
  const count = createStopCounter(() => performance.now());
  const stop = Promise.withResolvers<NodeJS.Signals>();
  const stopping = new AbortController();
  const hurry = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    switch (count()) {
      case "stop":
        stop.resolve(signal);
        stopping.abort();
        return;
      case "hurry":
        process.stderr.write(`${signal} again: what is in flight is cut off; it goes on at the next start\n`);
        hurry.abort();
        return;
      case "exit":
        process.stderr.write(`${signal} for the third time: ending at once; what is not delivered goes on at the next start\n`);
        process.exit(1);
        return;
      case undefined:
    }
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  return {
    stop: stop.promise,
    stopping: stopping.signal,
    hurry: hurry.signal,
    [Symbol.dispose]: () => void process.off("SIGTERM", onSignal).off("SIGINT", onSignal),
  };
}
