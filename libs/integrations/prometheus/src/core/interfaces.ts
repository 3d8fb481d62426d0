import type { PrometheusConfig } from "@tapio/contracts/integrations/prometheus/v1/config";
import type { Integration } from "@tapio/integration-core";
import type { ExpositionFormat } from "./types.ts";

/** What `/metrics` needs of a destination. */
export interface Exposition {
  /**
   * All counters as of the last committed snapshot. Complete by itself: OpenMetrics ends with `# EOF`. Before `initialize`
   * there are none; after `close` they stay as they were.
   */
  render(format: ExpositionFormat): string;
}

/** Counts records; its counters are shown by `render`. */
export interface PrometheusIntegration extends Integration<PrometheusConfig>, Exposition {
  snapshot(): Uint8Array;
  committed(): void;
}

export interface PrometheusIntegrationOptions {
  /** Is called once, when the counters are open, with what `/metrics` is to show; `name` is the destination's. */
  readonly onExposition?: (exposition: Exposition, name: string) => void;
}
