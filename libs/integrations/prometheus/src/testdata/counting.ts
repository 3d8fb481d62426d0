import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { PrometheusConfigSchema } from "@tapio/contracts/integrations/prometheus/v1/config";
import type { BatchCall, DeliveryCall, IntegrationContext } from "@tapio/integration-core";
import { createIntegrationContext } from "@tapio/testing";
import type { PrometheusIntegration, PrometheusIntegrationOptions } from "../core/interfaces.ts";
import { createPrometheusIntegration } from "../integration.ts";

export interface Setup {
  readonly config?: MessageInitShape<typeof PrometheusConfigSchema>;
  readonly context?: Partial<IntegrationContext>;
  readonly options?: PrometheusIntegrationOptions;
}

/** An integration that is open. */
export async function openCounting({ config = {}, context = {}, options = {} }: Setup = {}): Promise<PrometheusIntegration> {
  const integration = createPrometheusIntegration(options);
  await integration.initialize(create(PrometheusConfigSchema, config), createIntegrationContext(context));
  return integration;
}

/** Shows what was counted so far, as a runtime does after its commit. */
export function commit(integration: PrometheusIntegration): Uint8Array {
  const bytes = integration.snapshot();
  integration.committed();
  return bytes;
}

export function call(signal: AbortSignal = new AbortController().signal): DeliveryCall {
  return { signal, deliveryId: "delivery-1", attempt: 1 };
}

export function batchCall(count: number, signal: AbortSignal = new AbortController().signal): BatchCall {
  return { signal, deliveries: Array.from({ length: count }, (_, index) => ({ deliveryId: `delivery-${String(index)}`, attempt: 1 })) };
}
