import type { HealthStatus } from "@tapio/integration-core";
import { contentType, negotiate } from "@tapio/integration-prometheus";
import type { DestinationStatus } from "@tapio/runtime";
import type { Expositions } from "./destinations.ts";
import { jsonAnswer } from "./http/respond.ts";
import type { Page } from "./http/router.ts";
import type { GatewayMeter, MetricsFormat } from "./telemetry/meter.ts";

/** `GET /healthz`: 200 unless only a restart can help, which is after a journal that takes nothing more. */
export function healthPage(journal: () => HealthStatus): Page {
  return {
    path: "/healthz",
    isPublic: true,
    render: async () => {
      const { details, message } = journal();
      const isFatal = details["fatal"] !== undefined;
      return {
        status: isFatal ? 503 : 200,
        headers: { "content-type": "text/plain" },
        body: isFatal ? `restart needed: ${message}\n` : "ok\n",
      };
    },
  };
}

export interface Readiness {
  /** False before everything is open and from the moment that the gateway begins to stop. */
  isServing(): boolean;
  journal(): HealthStatus;
  destinations(): readonly DestinationStatus[];
}

/** `GET /readyz`: 200 while records can be taken. A destination that is down is shown, and is no reason to refuse records. */
export function readyPage(readiness: Readiness): Page {
  return {
    path: "/readyz",
    isPublic: true,
    render: async () => {
      const journal = readiness.journal();
      const ready = readiness.isServing() && journal.healthy;
      return jsonAnswer(ready ? 200 : 503, {
        ready,
        journal: { healthy: journal.healthy, message: journal.message },
        destinations: Object.fromEntries(readiness.destinations().map((status) => [status.name, stateOf(status)])),
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

/** `GET /metrics`: the gateway's own metrics, then what each prometheus destination has counted. Scrapes at the same time share one rendering. */
export function metricsPage(meter: GatewayMeter, expositions: Expositions): Page {
  const rendering = new Map<MetricsFormat, Promise<string>>();
  const render = async (format: MetricsFormat): Promise<string> => {
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
