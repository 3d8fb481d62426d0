import { Client } from "undici";
import type { Lookup, Poster } from "../core/interfaces.ts";
import { Exchange } from "./exchange.ts";
import { createGuardedConnector } from "./guarded-connector.ts";
import type { SenderSettings } from "./sender-settings.ts";

/** Posts to the one URL of the settings over HTTP/1.1. Each post has a connection for itself, which then waits for the next. */
export function createHttpPoster(settings: SenderSettings, lookup: Lookup, ca: string | undefined): Poster {
  const { url, timeoutMs } = settings;
  const closing = new AbortController();
  const connectorFor = (signal: AbortSignal) => createGuardedConnector({ policy: settings.policy, lookup, signal, timeoutMs, ca });
  const connect = connectorFor(closing.signal);
  const clients: Client[] = [];
  /** The one that was used last is taken first, so that those that are not needed are left to close. */
  const idle: Client[] = [];
  const path = url.pathname + url.search;
  /** What may be secret in a request and might come back in its answer. */
  const redacted = [...settings.headers.filter((_, index) => index % 2 === 1), url.search.slice(1)];

  // Whoever posts keeps to a number of posts at the same time, so that undici's own pool, with its queue, has nothing to decide.
  const openClient = (): Client => {
    // The attempt's own deadline covers both timeouts; undici's timers are coarse.
    const client = new Client(url.origin, { connect, pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0 });
    clients.push(client);
    return client;
  };

  return {
    post(headers, body, done) {
      if (closing.signal.aborted) {
        done({ error: closing.signal.reason });
        return () => undefined;
      }
      const client = idle.pop() ?? openClient();
      const exchange = new Exchange(redacted, (result) => {
        idle.push(client);
        done(result);
      });
      client.dispatch({ method: "POST", path, headers: headers as string[], body }, exchange);
      return (reason) => exchange.end(reason);
    },

    probe(signal) {
      const ends = AbortSignal.any([signal, closing.signal, AbortSignal.timeout(timeoutMs)]);
      return new Promise((resolve, reject) => {
        if (ends.aborted) {
          reject(ends.reason as Error);
          return;
        }
        ends.addEventListener("abort", () => reject(ends.reason as Error), { once: true });
        const target = { hostname: unbracketed(url.hostname), host: url.host, protocol: url.protocol, port: url.port };
        connectorFor(ends)(target, (error, socket) => {
          if (error !== null) {
            reject(error);
            return;
          }
          const address = socket.remoteAddress ?? "";
          socket.destroy();
          resolve(address);
        });
      });
    },

    async close() {
      closing.abort();
      await Promise.all(clients.map((client) => client.destroy()));
    },
  };
}

function unbracketed(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
