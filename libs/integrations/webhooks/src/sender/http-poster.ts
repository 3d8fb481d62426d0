import { Pool } from "undici";
import type { Lookup, Poster } from "../core/interfaces.ts";
import { createGuardedConnector } from "./guarded-connector.ts";
import { excerptOf, readBodyStart } from "./response-excerpt.ts";
import type { SenderSettings } from "./sender-settings.ts";

/** Posts to the one URL of the settings, over as many HTTP/1.1 connections as there are requests at the same time. */
export function createHttpPoster(settings: SenderSettings, lookup: Lookup, ca: string | undefined): Poster {
  const { url, timeoutMs } = settings;
  const closing = new AbortController();
  const connectorFor = (signal: AbortSignal) => createGuardedConnector({ policy: settings.policy, lookup, signal, timeoutMs, ca });
  const pool = new Pool(url.origin, {
    connect: connectorFor(closing.signal),
    connections: settings.concurrency,
    pipelining: 1,
    // The attempt's own deadline covers both; undici's timers are coarse.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const path = url.pathname + url.search;
  const configured = [...settings.headers];
  /** What may be secret in a request and might come back in its answer. */
  const redacted = [...configured.filter((_, index) => index % 2 === 1), url.search.slice(1)];

  return {
    async post(headers, body, signal) {
      const answer = await pool.request({ method: "POST", path, headers: [...headers, ...configured], body, signal });
      const isSuccess = answer.statusCode >= 200 && answer.statusCode <= 299;
      const { bytes, broken } = await readBodyStart(answer.body);
      // Success is only believed when its answer came whole. A refusal stands, whatever became of its explanation.
      if (isSuccess && broken !== undefined) throw broken;
      return {
        status: answer.statusCode,
        retryAfter: single(answer.headers["retry-after"]),
        location: single(answer.headers["location"]),
        excerpt: isSuccess ? "" : excerptOf(bytes, redacted),
      };
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
      await pool.destroy();
    },
  };
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}

function unbracketed(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
