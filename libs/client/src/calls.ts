import type { CallOptions as RpcOptions } from "@connectrpc/connect";
import type { HeaderSource } from "./subscription.ts";
import { TapioClientError } from "./tapio-client-error.ts";
import type { CallOptions } from "./tapio-client.ts";

/** How long a call may take when nothing is said, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 10_000;

export interface ClientOptions {
  /** Bearer token, or what gives the one to send with the next call. */
  readonly token?: string | (() => string | Promise<string>);
  /** How long a call may take, in milliseconds; default 10,000; 0: without limit. Streams have no limit of their own. */
  readonly timeoutMs?: number;
}

/** What all calls of a client have in common. */
export interface Calls {
  readonly headers: HeaderSource;
  /** Makes one call; whatever fails in it comes as a TapioClientError. */
  run<T>(options: CallOptions, call: (rpc: RpcOptions) => Promise<T>, defaultTimeoutMs?: number): Promise<T>;
}

export function createCalls({ token, timeoutMs = DEFAULT_TIMEOUT_MS }: ClientOptions): Calls {
  const headers = async (): Promise<Record<string, string>> => authorization(token);
  return {
    headers,
    async run({ signal, ...options }, call, defaultTimeoutMs = timeoutMs) {
      try {
        return await call({
          timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
          headers: await headers(),
          ...(signal && { signal }),
        });
      } catch (reason) {
        // Whatever the signal's reason is, and wherever the call stood: it was the caller who ended it.
        if (signal?.aborted === true) throw new TapioClientError("canceled", "the call was canceled by its signal", { cause: reason });
        throw TapioClientError.from(reason);
      }
    },
  };
}

async function authorization(token: ClientOptions["token"]): Promise<Record<string, string>> {
  const value = typeof token === "function" ? await token() : token;
  return value === undefined || value === "" ? {} : { authorization: `Bearer ${value}` };
}
