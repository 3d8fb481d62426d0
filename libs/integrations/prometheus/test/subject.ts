import { create } from "@bufbuild/protobuf";
import { PrometheusConfigSchema, type PrometheusConfig } from "@tapio/contracts/integrations/prometheus/v1/config";
import { createPrometheusIntegration, type PrometheusIntegration } from "@tapio/integration-prometheus";
import type { IntegrationSubject } from "@tapio/testing";

/** The sum of every series of every record counter. */
export function renderedTotal(text: string): number {
  let total = 0;
  for (const line of text.split("\n")) {
    const count = /^tapio_(?:events|findings|correlations)_total(?:\{.*\})? ([0-9]+)$/s.exec(line)?.[1];
    if (count !== undefined) total += Number(count);
  }
  return total;
}

/** There is no peer: what was received is what the latest instance shows. */
export function prometheusSubject(): IntegrationSubject<PrometheusConfig> {
  let latest: PrometheusIntegration | undefined;
  return {
    create: () => (latest = createPrometheusIntegration()),
    modes: [],
    startPeer: () =>
      Promise.resolve({
        config: create(PrometheusConfigSchema),
        behave: () => undefined,
        receivedCount: () => Promise.resolve(renderedTotal(latest?.render("text") ?? "")),
        close: () => Promise.resolve(),
      }),
  };
}
