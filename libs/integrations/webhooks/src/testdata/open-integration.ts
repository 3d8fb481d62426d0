import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { WebhooksConfigSchema, type WebhooksConfig } from "@tapio/contracts/integrations/webhooks/v1/config";
import type { Integration, Outcome } from "@tapio/integration-core";
import { createIntegrationContext, sampleEvent } from "@tapio/testing";
import { createWebhooksIntegration, type WebhooksIntegrationOptions } from "../integration.ts";
import { generateSecret } from "../signing/signing-secret.ts";

export const testSecret = generateSecret();

export interface OpenIntegration extends AsyncDisposable {
  readonly integration: Integration<WebhooksConfig>;
  /** Delivers the sample event. */
  deliver(signal?: AbortSignal): Promise<Outcome>;
}

/** An initialized integration that may dial loopback, with the fields of the config replaced. */
export async function openIntegration(
  fields: Exclude<MessageInitShape<typeof WebhooksConfigSchema>, WebhooksConfig> & { url: string },
  options: WebhooksIntegrationOptions & { now?: () => number } = {},
): Promise<OpenIntegration> {
  const integration = createWebhooksIntegration(options);
  const config = create(WebhooksConfigSchema, { secret: testSecret, allowedCidrs: ["127.0.0.0/8"], ...fields });
  const { clock } = createIntegrationContext();
  await integration.initialize(config, createIntegrationContext({ clock: { ...clock, now: options.now ?? Date.now } }));
  return {
    integration,
    deliver: (signal = new AbortController().signal) =>
      integration.processEvent(sampleEvent(), { signal, deliveryId: "delivery-1", attempt: 1 }),
    [Symbol.asyncDispose]: () => integration.close(),
  };
}

/** `delivered`, or the code and message of the failure. */
export function summary(outcome: Outcome): string {
  return outcome.kind === "failed" ? `${outcome.error.code}: ${outcome.error.message}` : outcome.kind;
}
