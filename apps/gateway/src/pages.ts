import type { HealthStatus } from "@tapio/integration-core";
import { contentType, negotiate } from "@tapio/integration-prometheus";
import type { DestinationStatus } from "@tapio/runtime";
import type { Expositions } from "./destinations.ts";
import { jsonAnswer } from "./http/respond.ts";
import type { Page } from "./http/router.ts";
import type { GatewayMeter } from "./telemetry/meter.ts";

/** `GET /healthz`: the process answers. */
export const healthPage: Page = {
  path: "/healthz",
  isPublic: true,
  render: async () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "ok\n" }),
};

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
        destinations: Object.fromEntries(readiness.destinations().map(({ name, state }) => [name, state])),
      });
    },
  };
}

/** `GET /metrics`: the gateway's own metrics, then what each prometheus destination has counted. */
export function metricsPage(meter: GatewayMeter, expositions: Expositions): Page {
  return {
    path: "/metrics",
    isPublic: false,
    render: async (request) => {
      const format = negotiate(request.headers.accept);
      const parts = [await meter.render(format), ...[...expositions.values()].map((exposition) => exposition.render(format))];
      const body = parts.map((part) => part.replace(/# EOF\n?$/, "")).join("");
      return { status: 200, headers: { "content-type": contentType(format) }, body: format === "openmetrics" ? `${body}# EOF\n` : body };
    },
  };
}
