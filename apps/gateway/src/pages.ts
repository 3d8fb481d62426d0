import { contentType, negotiate } from "@tapio/integration-prometheus";
import type { JournalCondition } from "@tapio/journal";
import type { DestinationStatus } from "@tapio/runtime";
import type { Expositions } from "./destinations.ts";
import { jsonAnswer } from "./http/respond.ts";
import type { Page } from "./http/router.ts";
import type { Readiness } from "./readiness.ts";
import type { GatewayMeter, MetricsFormat } from "./telemetry/meter.ts";

/** `GET /healthz`: 200 unless a person or a restart is needed, which is when the journal cannot go on by itself. */
export function healthPage(condition: () => JournalCondition): Page {
  return {
    path: "/healthz",
    isPublic: true,
    render: async () => {
      const { state, message } = condition();
      const hasFailed = state === "failed";
      return {
        status: hasFailed ? 503 : 200,
        headers: { "content-type": "text/plain" },
        body: hasFailed ? `the journal has failed: ${message}\n` : "ok\n",
      };
    },
  };
}

export interface ReadyPageParts {
  readiness(): Readiness;
  condition(): JournalCondition;
  destinations(): readonly DestinationStatus[];
}

/** `GET /readyz`: 200 while records can be taken, else why not. A destination that is down is shown, and is no reason by itself. */
export function readyPage(parts: ReadyPageParts): Page {
  return {
    path: "/readyz",
    isPublic: true,
    render: async () => {
      const { ready, reason } = parts.readiness();
      const { state, message } = parts.condition();
      return jsonAnswer(ready ? 200 : 503, {
        ...{ ready, reason },
        journal: { state, message },
        destinations: Object.fromEntries(parts.destinations().map((status) => [status.name, stateOf(status)])),
      });
    },
  };
}

/** One word or two; why, is in the log, since probes are public. */
function stateOf({ state, breaker, waiting, lastError }: DestinationStatus): string {
  if (state !== "running") return state;
  if (lastError?.code === "access_denied" && (waiting > 0 || breaker !== "closed")) return "running, access denied";
  return breaker === "closed" ? state : `running, breaker ${breaker}`;
}

/**
 * `GET /metrics`: the gateway's own metrics, then what each prometheus destination has counted. `refresh` brings gauges up to date first.
 * Scrapes at the same time share one rendering.
 */
export function metricsPage(meter: GatewayMeter, expositions: Expositions, refresh: () => Promise<void>): Page {
  const rendering = new Map<MetricsFormat, Promise<string>>();
  const render = async (format: MetricsFormat): Promise<string> => {
    await refresh();
    const parts = [await meter.render(format), ...[...expositions.values()].map((exposition) => exposition.render(format))];
    const body = parts.map((part) => part.replace(/# EOF\n?$/, "")).join("");
    return format === "openmetrics" ? `${body}# EOF\n` : body;
  };
  return {
    path: "/metrics",
    isPublic: false,
    render: async (request) => {
      const format = negotiate(request.headers.accept);
      const shared = rendering.get(format) ?? render(format).finally(() => rendering.delete(format));
      rendering.set(format, shared);
      return { status: 200, headers: { "content-type": contentType(format) }, body: await shared };
    },
  };
}
