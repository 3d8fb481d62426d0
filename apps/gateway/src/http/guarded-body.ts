import { Code, ConnectError } from "@connectrpc/connect";
import type { ByteShare } from "./byte-budget.ts";

export interface BodyGuard {
  /** What the body's bytes are counted against. */
  readonly share: ByteShare;
  /** When the whole body must have arrived; `undefined` for streams of requests, whose bytes are given back as they are read. */
  readonly timeoutMs: number | undefined;
  /** How much of that time has gone already; default 0. */
  readonly elapsedMs?: number;
}

export interface GuardedBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** The body did not arrive in time. */
  isLate(): boolean;
  /** Ends the deadline's timer. */
  dispose(): void;
}

/**
 * The body of an API call within the gateway's limits. It throws ConnectError, so that each protocol answers in its own way: DEADLINE_EXCEEDED when it
 * is late, RESOURCE_EXHAUSTED when too many bodies are in memory at once.
 */
export function guardBody(body: AsyncIterable<Uint8Array>, { share, timeoutMs, elapsedMs = 0 }: BodyGuard): GuardedBody {
  let late = false;
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  deadline.catch(() => undefined);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          reject(lateBody(timeoutMs));
        }, timeoutMs - elapsedMs);
  timer?.unref();

  async function* chunks(): AsyncGenerator<Uint8Array> {
    const source = body[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([source.next(), deadline]);
      if (next.done === true) break;
      if (timeoutMs === undefined) share.free();
      if (!share.add(next.value.byteLength)) throw bodiesExhausted();
      yield next.value;
    }
    clearTimeout(timer);
  }
  return { body: chunks(), isLate: () => late, dispose: () => clearTimeout(timer) };
}

export function lateBody(timeoutMs: number): ConnectError {
  return new ConnectError(`the request did not arrive within ${timeoutMs} ms`, Code.DeadlineExceeded);
}

export function bodiesExhausted(): ConnectError {
  return new ConnectError("too many request bodies are in memory: send again later", Code.ResourceExhausted, { "retry-after-ms": "1000" });
}
