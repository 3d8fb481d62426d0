import type { Integration, IntegrationContext } from "@tapio/integration-core";

/** An integration with its config already given: the config's type is checked where the two are brought together, and is gone from here on. */
export interface BoundIntegration extends Omit<Integration<never>, "initialize"> {
  initialize(context: IntegrationContext): Promise<void>;
}

/**
 * Binds a config to the factory of its integration. Each call of the result makes a new, uninitialized integration: a stateful
 * destination is made anew from its last committed snapshot after a failure.
 *
 * ```ts
 * const spec = { create: bindIntegration(() => createWebhooks(ports), config), ... };
 * ```
 */
export function bindIntegration<Config>(create: () => Integration<Config>, config: Config): () => BoundIntegration {
  return () => {
    const integration = create();
    const { processBatch, snapshot, committed } = integration;
    return {
      name: integration.name,
      initialize: (context) => integration.initialize(config, context),
      processEvent: (event, call) => integration.processEvent(event, call),
      processFinding: (finding, call) => integration.processFinding(finding, call),
      processCorrelation: (correlation, call) => integration.processCorrelation(correlation, call),
      health: (call) => integration.health(call),
      close: () => integration.close(),
      ...(processBatch === undefined ? {} : { processBatch: processBatch.bind(integration) }),
      ...(snapshot === undefined ? {} : { snapshot: snapshot.bind(integration) }),
      ...(committed === undefined ? {} : { committed: committed.bind(integration) }),
    };
  };
}
