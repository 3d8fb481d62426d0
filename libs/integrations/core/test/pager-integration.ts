import { delivered, failed, IntegrationError, skipped } from "@tapio/integration-core";
import type { Integration, IntegrationErrorCode, Outcome } from "@tapio/integration-core";

export interface PagerConfig {
  readonly url: string;
}

/** The client of the external system: sends one page, resolves with the answer's status. */
export type SendPage = (url: string, text: string, signal: AbortSignal) => Promise<{ status: number; retryAfterMs?: number }>;

const codeByStatus: Readonly<Record<number, IntegrationErrorCode>> = {
  400: "record_invalid",
  401: "access_denied",
  410: "gone",
  429: "throttled",
};

export function createPagerIntegration(send: SendPage): Integration<PagerConfig> {
  const name = "pager";
  const closing = new AbortController();
  let url = "";

  const page = async (text: string, deadline: AbortSignal): Promise<Outcome> => {
    const where = { integration: name, operation: `page ${url}` };
    // The attempt ends at its deadline, at shutdown, or when this destination closes, whichever is first.
    const signal = AbortSignal.any([deadline, closing.signal]);
    try {
      signal.throwIfAborted();
      const { status, retryAfterMs } = await send(url, text, signal);
      if (status === 200) return delivered();
      const code = codeByStatus[status] ?? "unavailable";
      return failed(new IntegrationError({ ...where, code, message: `answered ${String(status)}`, retryAfterMs }));
    } catch (reason) {
      // What aborted says why (`timeout`, `canceled`); whatever else the client throws is a connection that failed.
      if (signal.aborted) return failed(IntegrationError.from(signal.reason, where));
      const { message } = IntegrationError.from(reason, where);
      return failed(new IntegrationError({ ...where, code: "unavailable", message, cause: reason }));
    }
  };

  return {
    name,
    initialize: (config) => {
      url = config.url;
      return Promise.resolve();
    },
    processEvent: () => Promise.resolve(skipped("events page nobody")),
    processFinding: (finding, call) => page(`${finding.id}: ${finding.title}`, call.signal),
    processCorrelation: () => Promise.resolve(skipped("correlations page nobody")),
    health: () => Promise.resolve({ healthy: !closing.signal.aborted, message: "", details: { url } }),
    close: () => {
      closing.abort();
      return Promise.resolve();
    },
  };
}
