import type { DestinationConfig } from "@tapio/contracts/gateway/v1/config";
import { createGrpcIntegration } from "@tapio/integration-grpc";
import { createOtelIntegration } from "@tapio/integration-otel";
import { createPrometheusIntegration, type Exposition } from "@tapio/integration-prometheus";
import { createWebhooksIntegration } from "@tapio/integration-webhooks";
import {
  backlogFrom,
  bindIntegration,
  orderingFrom,
  retryPolicyFrom,
  startFrom,
  windowPolicyFrom,
  type BoundIntegration,
  type DestinationSpec,
} from "@tapio/runtime";
import { configHashOf } from "./config-hash.ts";

/** The counters that `/metrics` shows, by destination: of each the ones that are in use now. */
export type Expositions = Map<string, Exposition>;

/** A configured destination as the runtime takes it: the one place where configuration and integration meet. */
export function destinationSpec(config: DestinationConfig, expositions: Expositions): DestinationSpec {
  return {
    name: config.name,
    start: startFrom(config.start),
    retry: retryPolicyFrom(config.retry, config.integration.case),
    window: windowPolicyFrom(config.window, config.integration.case),
    ordering: orderingFrom(config),
    backlog: backlogFrom(config),
    configHash: configHashOf(config),
    create: factoryOf(config, expositions),
    kind: config.integration.case ?? "none",
    ...(config.filter === undefined ? {} : { filter: config.filter }),
  };
}

function factoryOf(config: DestinationConfig, expositions: Expositions): () => BoundIntegration {
  const { integration } = config;
  switch (integration.case) {
    case "otel":
      return bindIntegration(() => createOtelIntegration(), integration.value);
    case "webhooks":
      return bindIntegration(() => createWebhooksIntegration(), integration.value);
    case "grpc":
      return bindIntegration(() => createGrpcIntegration(), integration.value);
    case "prometheus":
      return bindIntegration(
        () => createPrometheusIntegration({ onExposition: (exposition, name) => expositions.set(name, exposition) }),
        integration.value,
      );
    case undefined:
      throw new Error(`destination ${config.name} names no integration: the configuration was not checked`);
  }
}
