export { bindIntegration } from "./bound-integration.ts";
export type { BoundIntegration } from "./bound-integration.ts";
export type { DestinationSpec } from "./destination-spec.ts";
export type { DestinationDrain, DestinationError, DestinationState, DestinationStatus } from "./destination-status.ts";
export { backlogFrom, orderingFrom, retryPolicyFrom, startFrom, windowPolicyFrom } from "./policy.ts";
export type { BacklogPolicy, OrderingPolicy, RetryPolicy, StartPosition, WindowPolicy } from "./policy.ts";
export { createRuntime } from "./runtime.ts";
export type { DestinationHealth, DrainReport, Runtime, RuntimeOptions } from "./runtime.ts";
